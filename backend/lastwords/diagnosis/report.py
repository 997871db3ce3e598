"""The bug report: Markdown that an issue tracker takes as it is.

Source: a GitHub issue's body is refused over 65,536 characters.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from lastwords.diagnosis.explanation import Explanation
from lastwords.diagnosis.lines import clean
from lastwords.diagnosis.masking import mask

LIMIT = 65_536
_LOG_SHARE = 12_000
_LONGEST_FENCE = 500
_LONGEST_CELL = 2_000
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
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&])")


def bug_report(
    run: Mapping[str, object],
    explanation: Explanation,
    error_text: str,
    log_tail: str,
    environment: Mapping[str, object],
    secrets: Iterable[str] = (),
) -> str:
    """Everything that somebody needs who was not there; at most LIMIT characters, no secrets.

    What does not fit is left out at the start of the error or of the log (their ends matter most),
    and the report says how much.
    """
    safe = _Safe(secrets)
    head = _head(safe.facts(run), safe.explanation(explanation))
    error, tail = safe.lines(error_text), safe.lines(log_tail)
    foot = _table("Environment", safe.facts(environment)) + safe.note()
    room = LIMIT - len(head) - len(foot) - 1_000
    tail_room = min(_LOG_SHARE, max(0, room // 3))
    shown_tail = _fenced("Last lines of the log", tail, tail_room)
    shown_error = _fenced("Error", error, max(0, room - len(shown_tail)))
    return "\n".join(part for part in (head, shown_error, shown_tail, foot) if part)[:LIMIT]


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
    for evidence in explanation.evidence[:6]:
        place = f"line {evidence.line}" if evidence.line else "outside the log"
        parts.append(f"- {place}: {escaped(clean(evidence.text)[:500])}")
    return "\n".join(parts).rstrip() + "\n"


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
    """Text that Markdown shows as it is, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _fenced(title: str, text: str, room: int) -> str:
    """A fence longer than any run of backticks in the text: nothing in it can close it."""
    if not text.strip():
        return ""
    longest = max((len(found) for found in _BACKTICKS.findall(text)), default=0)
    if longest > _LONGEST_FENCE:
        kept, note = _fitting(text, max(0, room // 2 - len(title) - 200))
        return f"## {title}\n\n{note}    " + kept[: room // 2].replace("\n", "\n    ") + "\n"
    fence = "`" * max(3, longest + 1)
    kept, note = _fitting(text, max(0, room - 2 * len(fence) - len(title) - 200))
    return f"## {title}\n\n{note}{fence}text\n{kept}\n{fence}\n"


def _fitting(text: str, room: int) -> tuple[str, str]:
    if len(text) <= room:
        return text, ""
    kept = text[len(text) - room :]
    kept = kept[kept.find("\n") + 1 :] if "\n" in kept[:2_000] else kept
    note = (
        f"The last {len(kept):,} of {len(text):,} characters; the whole text "
        f"({len(text.encode('utf-8', 'replace')):,} bytes) is in the file of the run.\n\n"
    )
    return kept, note
