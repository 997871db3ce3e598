"""The bug report: Markdown that an issue tracker takes as it is.

Source: a GitHub issue's body is refused over 65,536 characters.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from lastwords.diagnosis.explanation import Explanation
from lastwords.diagnosis.lines import clean
from lastwords.diagnosis.masking import mask

LIMIT = 65_536
_LOG_SHARE = 12_000
_COMMAND_SHARE = 6_000
_START = 8_000  # characters of an error's beginning, where its middle is left out
_MOST_ALTERNATIVES = 4
_LONGEST_FENCE = 500
_LONGEST_CELL = 1_000
_MOST_ROWS = 40
_FACTS = (
    ("Run", "id"),
    ("Name", "name"),
    ("Status", "status"),
    ("Started", "startedAt"),
    ("Finished", "finishedAt"),
    ("Exit code", "exitCode"),
    ("Signal", "signal"),
    ("Reason", "reason"),
    ("Stage", "stage"),
    ("Attempt", "attempt"),
    ("Base model", "baseModel"),
    ("Samples", "datasetSize"),
    ("Final loss", "finalLoss"),
)
_BACKTICKS = re.compile(r"`+")
# What turns the reading direction round, or is no character at all to many.
_UNSEEN = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]+")
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&])")


@dataclass(frozen=True)
class BugReport:
    """A report, and the whole error as a file beside it holds it: as clean, as free of secrets."""

    text: str
    error: str


def bug_report(
    run: Mapping[str, object],
    explanation: Explanation,
    error_text: str,
    log_tail: str,
    environment: Mapping[str, object],
    secrets: Iterable[str] = (),
    *,
    stages: Sequence[Mapping[str, object]] = (),
    reproduce: str = "",
    overflow_name: str = "error.log",
) -> BugReport:
    """Everything that somebody needs who was not there; at most LIMIT characters, no secrets.

    What does not fit is left out in the middle of the error, or at the start of the log's last
    lines; the report says how many characters, and in which file the whole stands.
    """
    safe = _Safe(secrets)
    head = _head(safe.facts(run), safe.explanation(explanation))
    head += _stages([safe.facts(stage) for stage in stages])
    error, tail = safe.lines(error_text), safe.lines(log_tail)
    foot = _fenced("How to reproduce by hand", safe.lines(reproduce), _COMMAND_SHARE, "sh")
    foot += _table("Environment", safe.facts(environment)) + safe.note()
    room = LIMIT - len(head) - len(foot) - 1_000
    tail_room = min(_LOG_SHARE, max(0, room // 3))
    shown_tail = _fenced("Last lines of the log", tail, tail_room)
    shown_error = _fenced("Error", error, max(0, room - len(shown_tail)), file=overflow_name)
    text = "\n".join(part for part in (head, shown_error, shown_tail, foot) if part)[:LIMIT]
    return BugReport(text, error)


class _Safe:
    """Texts without their secrets; masked as they came, since escaping would hide a secret."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = list(secrets)
        self._count = 0

    def text(self, text: str) -> str:
        masked = mask(text, self._secrets)
        self._count += masked.count
        return masked.text

    def lines(self, text: str) -> str:
        return self.text("\n".join(clean(line) for line in text.split("\n"))).strip("\n")

    def facts(self, facts: Mapping[str, object]) -> dict[str, object]:
        return {
            name: value if value is None else self.text(str(value)) for name, value in facts.items()
        }

    def explanation(self, explanation: Explanation) -> Explanation:
        return replace(
            explanation,
            title=self.text(explanation.title),
            headline=self.text(clean(explanation.headline)),
            alternatives=tuple(
                replace(other, title=self.text(other.title), why=self.text(other.why))
                for other in explanation.alternatives
            ),
            evidence=tuple(
                replace(evidence, text=self.text(clean(evidence.text)))
                for evidence in explanation.evidence
            ),
        )

    def note(self) -> str:
        what = "secret" if self._count == 1 else "secrets"
        return f"\n{self._count} {what} masked.\n" if self._count else ""


def _head(run: Mapping[str, object], explanation: Explanation) -> str:
    title = explanation.headline or explanation.title
    parts = [f"# {escaped(title[:250])}", "", _facts(run)]
    cause = (
        f"**Cause:** {escaped(explanation.title)} (`{explanation.cause}`, {explanation.confidence})"
    )
    parts += ["## What happened", "", f"{escaped(title[:2_000])}", "", cause, ""]
    if explanation.user_frame is not None:
        frame = explanation.user_frame
        place = f"{frame.file}:{frame.line}" + (f" in {frame.function}" if frame.function else "")
        parts += [f"**Where:** {escaped(place[:500])}", ""]
    parts += _also(explanation)
    for evidence in explanation.evidence[:6]:
        place = f"line {evidence.line}" if evidence.line else "outside the log"
        parts.append(f"- {place}: {escaped(clean(evidence.text)[:500])}")
    return "\n".join(parts).rstrip() + "\n"


def _also(explanation: Explanation) -> list[str]:
    """What else it could be, most likely first."""
    named = [
        f"{escaped(other.title[:300])} (`{other.cause}`): {escaped(other.why[:300])}"
        for other in explanation.alternatives[:_MOST_ALTERNATIVES]
    ]
    return [f"**It could also be:** {'; '.join(named)}", ""] if named else []


def _stages(stages: Sequence[Mapping[str, object]]) -> str:
    """How far it came: each stage with its beginning and its time."""
    rows = {
        f"{number}. {str(stage.get('name'))[:60]}": _took(stage)
        for number, stage in enumerate(stages[:_MOST_ROWS], start=1)
    }
    return "\n" + _table("How far it came", rows) if rows else ""


def _took(stage: Mapping[str, object]) -> str:
    seconds = stage.get("seconds")
    took = f", {float(str(seconds)):.1f} s" if seconds is not None else ""
    return f"{stage.get('status')}{took}, started {str(stage.get('started_at'))[:40]}"


def _facts(run: Mapping[str, object]) -> str:
    rows = {label: run[key] for label, key in _FACTS if run.get(key) not in (None, "")}
    return _table("", rows)


def _table(title: str, rows: Mapping[str, object]) -> str:
    if not rows:
        return ""
    lines = [f"## {title}", ""] if title else []
    lines += ["| | |", "|---|---|"]
    lines += [
        f"| {_cell(name)} | {_cell(value)} |" for name, value in list(rows.items())[:_MOST_ROWS]
    ]
    return "\n".join(lines) + "\n"


def _cell(value: object) -> str:
    text = " ".join(clean(str(value)).split())
    shown = (
        text
        if len(text) <= _LONGEST_CELL
        else f"{text[:_LONGEST_CELL]}… ({len(text):,} characters)"
    )
    return escaped(shown)


def escaped(text: str) -> str:
    """Text that Markdown shows as it is, on one line; what could deceive is named."""
    named = _UNSEEN.sub(lambda found: f"<U+{ord(found[0][0]):04X}>", " ".join(text.split()))
    return _SPECIAL.sub(r"\\\1", named)


def _fenced(title: str, text: str, room: int, language: str = "text", file: str = "") -> str:
    """A fence longer than any run of backticks in the text: nothing in it can close it.

    file: where the whole text stands, if its middle has to be left out.
    """
    if not text.strip():
        return ""
    longest = max((len(found) for found in _BACKTICKS.findall(text)), default=0)
    indented = longest > _LONGEST_FENCE
    fence = "" if indented else "`" * max(3, longest + 1)
    space = max(0, room - 2 * len(fence) - len(title) - 400)
    kept, note = _fitting(text, space // 2 if indented else space, file)
    if not indented:
        return f"## {title}\n\n{note}{fence}{language}\n{kept}\n{fence}\n"
    block = ("    " + kept.replace("\n", "\n    "))[: space + 4]
    return f"## {title}\n\n{note}{block}\n"


def _fitting(text: str, room: int, file: str) -> tuple[str, str]:
    if len(text) <= room:
        return text, ""
    start = min(_START, room // 4) if file else 0
    end = text[len(text) - (room - start) :]
    end = end[end.find("\n") + 1 :] if "\n" in end[:2_000] else end
    moved = len(text) - start - len(end)
    whole = (
        f"all of its {len(text):,} characters are in the file {file}"
        if file
        else (f"it has {len(text):,} characters; the log of the run has them all")
    )
    note = f"The last {len(end):,} of {len(text):,} characters; {whole}.\n\n"
    if not start:
        return end, note
    note = (
        f"The first {start:,} and the last {len(end):,} of {len(text):,} characters; {whole}, "
        "to be attached.\n\n"
    )
    return f"{text[:start]}\n[… {moved:,} characters are in {file} …]\n{end}", note
