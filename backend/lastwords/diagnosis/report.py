"""The bug report: Markdown that an issue tracker takes as it is.

Whatever the run said or was called stands in it as code: see `markdown`.
Source: a GitHub issue's body is refused over 65,536 characters.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lastwords.diagnosis.explanation import Evidence, Explanation
from lastwords.diagnosis.lines import clean, clean_lines
from lastwords.diagnosis.markdown import block, code, seen, sentence, shortened
from lastwords.diagnosis.masking import Masker
from lastwords.diagnosis.secret_contexts import LONGEST_KEY

LIMIT = 65_536
_LOG_SHARE = 12_000
_COMMAND_SHARE = 6_000
_START = 8_000  # characters of an error's beginning, where its middle is left out
_HEADING = 250
_MOST_SHOWN = 100_000  # characters of a headline
_MOST_ALTERNATIVES = 4
_MOST_EVIDENCE = 6
_LONGEST_FACT = 1_000
_MOST_FACTS = 40
_FACTS = (
    ("Run", "id"),
    ("Link", "link"),
    ("Name", "name"),
    ("Status", "status"),
    ("Started", "startedAt"),
    ("Finished", "finishedAt"),
    ("Took", "took"),
    ("Exit code", "exitCode"),
    ("Signal", "signal"),
    ("Reason", "reason"),
    ("Stage", "stage"),
    ("Attempt", "attempt"),
    ("Base model", "baseModel"),
    ("Samples", "datasetSize"),
    ("Final loss", "finalLoss"),
)


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
    masker: Masker | None = None,
    *,
    stages: Sequence[Mapping[str, object]] = (),
    reproduce: str = "",
    changes: Mapping[str, object] | None = None,
    overflow_name: str = "error.log",
    tail_title: str = "Last lines of the log",
) -> BugReport:
    """Everything that somebody needs who was not there; at most LIMIT characters, no secrets.

    What does not fit is left out in the middle of the error, or at the start of the log's lines;
    the report says how many characters, and in which file the whole stands.
    """
    known = (masker or Masker()).having_read(error_text, log_tail)  # to be masked alone, too
    safe = _Safe(known)
    error, tail = safe.lines(error_text), safe.lines(log_tail)
    head = _head(safe.facts(run), safe.explanation(explanation), error)
    head += _changed(safe, changes) if changes else ""
    head += _stages([safe.facts(stage) for stage in stages])
    foot = _section("How to reproduce by hand", safe.lines(reproduce), _COMMAND_SHARE, "sh")
    foot += _listed("Environment", safe.facts(environment)) + safe.note()
    room = LIMIT - len(head) - len(foot) - 1_000
    shown_tail = _section(tail_title, tail, min(_LOG_SHARE, max(0, room // 3)))
    shown_error = _section("Error", error, max(0, room - len(shown_tail)), file=overflow_name)
    return BugReport((head + shown_error + shown_tail + foot)[:LIMIT].rstrip() + "\n", error)


class _Safe:
    """Texts without their secrets; masked as they came, since to show them would hide a secret."""

    def __init__(self, masker: Masker) -> None:
        self._masker = masker
        self._count = 0

    def text(self, text: str) -> str:
        masked = self._masker.whole(text)
        self._count += masked.count
        return masked.text

    def beginning(self, text: str) -> str:
        """As much of a text as a report can show, masked as a part of the whole."""
        after = text[_MOST_SHOWN : _MOST_SHOWN + LONGEST_KEY]
        masked = self._masker.amid("", text[:_MOST_SHOWN], after)
        self._count += masked.count
        return masked.text

    def lines(self, text: str) -> str:
        return seen(self.text(clean_lines(text))).strip("\n")

    def facts(self, facts: Mapping[str, object]) -> dict[str, object]:
        return {
            name: value if value is None else self.text(str(value)) for name, value in facts.items()
        }

    def explanation(self, explanation: Explanation) -> Explanation:
        return replace(
            explanation,
            title=self.text(explanation.title),
            headline=self.beginning(clean(explanation.headline)),
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
        return f"{self._count} {what} masked.\n" if self._count else ""


def _head(run: Mapping[str, object], explanation: Explanation, error: str) -> str:
    title = " ".join((explanation.headline or explanation.title).split())
    heading = shortened(title, _HEADING)
    facts = {label: run[key] for label, key in _FACTS if run.get(key) not in (None, "")}
    parts = [f"# {code(heading)}", "", *map(_fact, facts.items()), "", "## What happened", ""]
    if heading != title and title not in " ".join(error.split()):
        parts += [block(shortened(seen(title), 2_000))]
    why = f"(`{explanation.cause}`, {explanation.confidence})"
    parts += [f"**Cause:** {sentence(explanation.title)} {why}", ""]
    if explanation.user_frame is not None:
        frame = explanation.user_frame
        place = frame.place + (f" in {frame.function}" if frame.function else "")
        parts += [f"**Where:** {code(shortened(place, 500))}", ""]
    parts += _also(explanation)
    parts += [_proof(evidence, title) for evidence in explanation.evidence[:_MOST_EVIDENCE]]
    parts += ["", explanation.cut_short] if explanation.cut_short else []
    return "\n".join(parts).rstrip() + "\n\n"


def _also(explanation: Explanation) -> list[str]:
    """What else it could be, most likely first."""
    named = [
        f"{sentence(other.title)} (`{other.cause}`): {sentence(shortened(other.why, 300))}"
        for other in explanation.alternatives[:_MOST_ALTERNATIVES]
    ]
    return [f"**It could also be:** {'; '.join(named)}", ""] if named else []


def _proof(evidence: Evidence, title: str) -> str:
    """A line of the log; what the heading says already is not said again."""
    place = f"line {evidence.line} of the log" if evidence.line else "outside the log"
    text = " ".join(evidence.text.split())
    return f"- {place}" if text in title else f"- {place}: {code(shortened(text, 500))}"


def _changed(safe: _Safe, changes: Mapping[str, object]) -> str:
    """What is different since a run like it completed, the most suspicious first.

    changes: `since` and `items` in words, and `count`, of which the items are the first.
    """
    items = [safe.text(str(item)) for item in _sequence(changes.get("items"))]
    rows = [f"- {code(shortened(' '.join(item.split()), 500))}" for item in items[:_MOST_FACTS]]
    more = int(str(changes.get("count") or 0)) - len(rows)
    rows += [f"- and {more} more"] if more > 0 else []
    since = f"Last completed like this: {code(str(changes.get('since'))[:60])}."
    what = "Since then:" if rows else "Nothing that was kept has changed since then."
    return "\n".join(["## What changed", "", f"{since} {what}", "", *rows, "", ""])


def _sequence(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else ()


def _stages(stages: Sequence[Mapping[str, object]]) -> str:
    """The stages: each with its beginning and its time."""
    rows = [
        f"{number}. {code(str(stage.get('name'))[:60])}: {code(_took(stage))}"
        for number, stage in enumerate(stages[:_MOST_FACTS], start=1)
    ]
    return "\n".join(["## Stages", "", *rows, "", ""]) if rows else ""


def _took(stage: Mapping[str, object]) -> str:
    seconds = stage.get("seconds")
    took = f", {float(str(seconds)):.1f} s" if seconds is not None else ""
    return f"{stage.get('status')}{took}, started {str(stage.get('started_at'))[:40]}"


def _listed(title: str, facts: Mapping[str, object]) -> str:
    known = [fact for fact in facts.items() if fact[1] not in (None, "")]
    if not known:
        return ""
    return "\n".join([f"## {title}", "", *map(_fact, known[:_MOST_FACTS]), "", ""])


def _fact(fact: tuple[str, object]) -> str:
    name, value = fact
    text = " ".join(clean(str(value)).split())
    more = f" ({len(text):,} characters)" if len(text) > _LONGEST_FACT else ""
    return f"- {name}: {code(shortened(text, _LONGEST_FACT))}{more}"


def _section(title: str, text: str, room: int, language: str = "text", file: str = "") -> str:
    """A heading and a block of code.

    file: where the whole text stands, if its middle has to be left out.
    """
    if not text.strip():
        return ""
    space = max(0, room - len(title) - 800)
    kept, note = _fitting(text, space, file)
    shown = block(kept, language)
    if len(shown) > space + 400:  # so many lines had to be indented
        kept, note = _fitting(text, space // 2, file)
        shown = block(kept, language)[: space + 400] + "\n"
    return f"## {title}\n\n{note}{shown}\n"


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
