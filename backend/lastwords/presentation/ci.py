"""Why a run failed, in the forms that CI services show: GitHub Actions, GitLab, Buildkite.

The answer that comes in is masked and bounded already (`failure_json`, `without_secrets`). Here it
is made safe to print: those services take lines of a job's output for commands, and a log can hold
any line. So no control character is left in, no quoted line begins where a command would, and
GitHub's one command is escaped as its runner reads it.

Source: actions/runner, ActionCommand.cs; docs.gitlab.com/ci/jobs/job_logs; buildkite.com/docs,
"Managing log output".
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from lastwords.diagnosis.explanation import frame_words, is_file
from lastwords.diagnosis.markdown import block, code, seen, sentence
from lastwords.presentation.runs import Json

GITHUB, GITLAB, BUILDKITE = SERVICES = ("github", "gitlab", "buildkite")
_TOLD_BY = {GITHUB: "GITHUB_ACTIONS", GITLAB: "GITLAB_CI", BUILDKITE: "BUILDKITE"}
_SECTION = "lastwords"
_MOST_ADVICE = 5


def service_of(environment: Mapping[str, str]) -> str | None:
    """The CI service that a process runs under, by the variable that each sets."""
    for service, name in _TOLD_BY.items():
        if environment.get(name, "").lower() == "true":
            return service
    return None


# --- GitHub Actions -------------------------------------------------------------------------------


def error_command(found: Json, workspace: str = "", folder: str = "") -> str:
    """The one line that GitHub shows at the line of code, and above the job's log.

    folder: where the program ran; files are named from the workspace on, as GitHub knows them.
    """
    properties = {"title": f"Lastwords: {found['title']}"}
    if (frame := found["userFrame"]) and is_file(frame["file"]):
        file = _in_workspace(str(frame["file"]), workspace, folder)
        properties = {"file": file, "line": str(frame["line"])} | properties
    told = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::error {told}::{_data(chr(10).join(_in_short(found)))}"


def _in_short(found: Json) -> Iterator[str]:
    yield seen(found["headline"])
    for item in found["advice"][:1]:
        yield seen(item["text"])
    if found.get("run"):
        yield f"lastwords failure {found['run']}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(seen(" ".join(text.split()))).replace(":", "%3A").replace(",", "%2C")


def _in_workspace(file: str, workspace: str, folder: str) -> str:
    whole = os.path.normpath(PurePosixPath(folder or "/", file)) if folder else file
    if workspace and whole.startswith(workspace.rstrip("/") + "/"):
        return whole[len(workspace.rstrip("/")) + 1 :]
    return file


def summary(found: Json) -> str:
    """The same in Markdown, whole: a job's summary, an annotation of a build."""
    return "\n".join(_summary(found)) + "\n"


def _summary(found: Json) -> Iterator[str]:
    yield f"### Lastwords: {sentence(found['title'])}\n"
    yield f"{code(found['headline'])}\n"
    facts = [found["cause"], found["confidence"], found.get("proof"), found.get("run")]
    yield " · ".join(code(str(fact)) for fact in facts if fact) + "\n"
    if frame := found["userFrame"]:
        yield f"In your code: {code(frame_words(frame))}\n"
        if source := frame.get("source"):
            yield block("\n".join(source), "python")
    for item in found["advice"][:_MOST_ADVICE]:
        yield f"- {sentence(item['text'])}"
        if item["command"]:
            yield "\n" + block(item["command"], "sh")
    yield from _changed(found)
    yield from _folded("Evidence", "\n".join(_evidence(found)))
    yield from _folded("Traceback", (found["traceback"] or {}).get("text", ""))


def _changed(found: Json) -> Iterator[str]:
    if changes := found.get("changes"):
        yield f"\nChanged since {code(changes['since'])} completed:\n"
        yield from (f"- {code(item)}" for item in changes["items"])


def _evidence(found: Json) -> Iterator[str]:
    for item in found["evidence"]:
        yield (f"{item['line']}: " if item["line"] else "") + item["text"]


def _folded(title: str, text: str) -> Iterator[str]:
    if text:
        yield f"\n<details><summary>{title}</summary>\n\n{block(text)}\n</details>"


# --- the others -----------------------------------------------------------------------------------


def gitlab_section(found: Json, moment: float) -> str:
    """A section of the job's log, unfolded."""
    begin = f"\x1b[0Ksection_start:{moment:.0f}:{_SECTION}[collapsed=false]\r\x1b[0K"
    end = f"\x1b[0Ksection_end:{moment:.0f}:{_SECTION}\r\x1b[0K"
    return f"{begin}{_title(found)}\n{_indented(found)}\n{end}"


def buildkite_group(found: Json) -> str:
    """A group of the job's log; the group before it, which failed, is unfolded as well."""
    return f"^^^ +++\n+++ {_title(found)}\n{_indented(found)}"


def _title(found: Json) -> str:
    return f"Lastwords: {seen(' '.join(found['title'].split()))} ({found['cause']})"


def _indented(found: Json) -> str:
    """The answer in words, each line set in, so that none of them begins with a command."""
    lines = [found["headline"], *_words(found)]
    return "\n".join(f"  {seen(line)}" for text in lines for line in text.split("\n"))


def _words(found: Json) -> Iterator[str]:
    if frame := found["userFrame"]:
        yield f"in your code: {frame_words(frame)}"
        yield from frame.get("source") or ()
    for line in _evidence(found):
        yield f"line {line}" if line[:1].isdigit() else line
    for item in found["advice"][:_MOST_ADVICE]:
        yield f"- {item['text']}"
        if item["command"]:
            yield f"  {item['command']}"
    if changes := found.get("changes"):
        yield f"changed since {changes['since']} completed: {' · '.join(changes['items'])}"
    if found.get("run"):
        yield f"more: lastwords failure {found['run']}"
