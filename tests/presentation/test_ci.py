"""Nothing that a log says becomes a command of a CI service."""

from __future__ import annotations

import re
from typing import Any

import pytest

from lastwords.presentation import ci

HOSTILE = [
    "::add-mask::x",
    "x\n::set-output name=a::b",
    "x\r::stop-commands::y",
    "##[add-mask]x",
    "100%0A::warning::z",
    "\x1b[0Ksection_end:1:lastwords\r\x1b[0K",
    "+++ all is well",
    "--- x\n~~~ y\n^^^ +++",
    "\x1b]1338;url=https://example.org/x.png;alt=x\x07",
    "```\n# Heading\n<script>alert(1)</script> @everyone",
    "a,line=1::b",
]


def _found(text: str) -> dict[str, Any]:
    return {
        "run": "run_20260101_000000",
        "title": text,
        "cause": "code.error",
        "confidence": "likely",
        "proof": text,
        "headline": text,
        "userFrame": {"file": text, "line": 7, "function": text, "source": [text]},
        "evidence": [{"line": 3, "offset": 9, "text": text}],
        "advice": [{"text": text, "command": text}],
        "changes": {"since": "run_20251231_000000", "items": [text]},
        "traceback": {"text": text},
    }


@pytest.mark.parametrize("text", HOSTILE)
def test_github_gets_one_command_and_it_is_ours(text: str) -> None:
    line = ci.error_command(_found(text))
    assert re.fullmatch(r"::error [^\n\r]*", line)
    properties, _, message = line.removeprefix("::error ").partition("::")
    assert [part.partition("=")[0] for part in properties.split(",")] == ["file", "line", "title"]
    assert ":" not in properties and "\x1b" not in line
    assert not re.search(r"%(?!25|0A|0D|3A|2C)", line)
    assert message.endswith("%0Alastwords failure run_20260101_000000")


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("form", ["gitlab", "buildkite"])
def test_no_quoted_line_begins_with_a_command(form: str, text: str) -> None:
    found = _found(text)
    told = ci.gitlab_section(found, 1.0) if form == "gitlab" else ci.buildkite_group(found)
    first, *quoted = told.split("\n")
    if form == "gitlab":
        assert first.startswith("\x1b[0Ksection_start:1:lastwords")
        assert quoted.pop() == "\x1b[0Ksection_end:1:lastwords\r\x1b[0K"
        quoted = [line for line in quoted if line]
    else:
        assert first == "^^^ +++" and quoted.pop(0).startswith("+++ Lastwords: ")
    assert quoted and all(line.startswith("  ") for line in quoted)
    assert not re.search(r"[\x00-\x08\x0b-\x1f]", "\n".join(quoted))


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_log_says_stays_code_in_the_summary(text: str) -> None:
    outside = re.sub(r"(?ms)^(`{3,})\w*\n.*?^\1\n|(`+).*?\2", "", ci.summary(_found(text)))
    assert "script" not in outside and "@everyone" not in outside and "Heading" not in outside


def test_files_are_named_from_the_workspace_on() -> None:
    def file(name: str, folder: str = "/w/repo/sub") -> str:
        found = _found("x") | {"userFrame": {"file": name, "line": 7, "function": "f"}}
        return ci.error_command(found, "/w/repo", folder).split(",")[0]

    assert file("train.py") == "::error file=sub/train.py"
    assert file("/w/repo/lib/data.py") == "::error file=lib/data.py"
    assert file("/usr/lib/x.py") == "::error file=/usr/lib/x.py"
    assert file("../../../etc/passwd") == "::error file=../../../etc/passwd"


def test_code_that_stands_in_no_file_is_named_in_words() -> None:
    frame = {"file": "<string>", "line": 1, "function": "<module>"}
    found = _found("x") | {"userFrame": frame}
    line = ci.error_command(found, "/w/repo", "/w/repo")
    assert line.startswith("::error title=")
    assert "the code given as a string (python -c), line 1" in ci.summary(found)
    assert "<string>" not in line + ci.summary(found)
