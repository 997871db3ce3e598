"""A query's terms as conditions of SQL.

Each knows two ways to be written: as what leads the search, where few runs match, and as what is
looked up for each run in the list's order, where many do.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from math import inf, nextafter
from typing import Any

from lastwords.records import Status, timestamp
from lastwords.store import moments
from lastwords.store.migrations import DURATION, START
from lastwords.store.parameters import number
from lastwords.store.query import FIELDS, Term
from lastwords.store.search_index import SHORTEST, TEXT
from lastwords.store.vocabulary import Vocabulary

Written = tuple[str, list[Any]]
_LARGEST = 1.7976931348623157e308


@dataclass(frozen=True)
class Condition:
    """What must hold of a run.

    leading: to search by. followed: to be looked up for a run. match: the query of the full-text
    index that it is. column: what it compares; with `is_equal`, by its index and then by number.
    value, test: the parameter or metric, and what must hold of `{}`. is_live: it may change while
    a run is running.
    """

    leading: Written
    followed: Written
    match: str | None = None
    column: str | None = None
    is_equal: bool = False
    value: int | None = None
    test: Written = "", []
    is_live: bool = False


@dataclass(frozen=True)
class Context:
    """What a query is understood by: the home's own words, and the reader's time zone."""

    vocabulary: Vocabulary
    zone: tzinfo = UTC


def folded(text: str | None) -> str:
    """A text without the differences that a search passes over: case, width, composition."""
    return unicodedata.normalize("NFKC", text or "").casefold()


def plain(clause: str, values: Iterable[Any], *, is_live: bool = False) -> Condition:
    """A condition that no index serves."""
    written = clause, list(values)
    return Condition(written, written, is_live=is_live)


def equal(column: str, values: Sequence[Any]) -> Condition:
    """That a column with an index of its own has one of these values."""
    clause = f"{column} IN ({', '.join('?' * len(values))})"
    is_equal = len(values) == 1
    if is_equal:
        clause = f"{column} = ?"
    return Condition((clause, list(values)), (f"+{clause}", list(values)), None, column, is_equal)


def compared(column: str, compare: str, value: Any, *, is_live: bool = False) -> Condition:
    """That what an index holds lies where it should."""
    clause = f"{column} {compare} ?"
    return Condition((clause, [value]), (f"+{clause}", [value]), column=column, is_live=is_live)


def condition(term: Term, context: Context) -> Condition:
    """What a term asks of a run. Raises: InvalidQuery."""
    found = _positive(term, context)
    if not term.negated:
        return found
    clause, values = found.followed
    return plain(f"NOT coalesce(({clause}), 0)", values, is_live=found.is_live)


def _positive(term: Term, context: Context) -> Condition:
    if term.field is None:
        return word(term.value)
    name = term.field.lower()
    if make := _FIELDS.get(name):
        if not term.value:
            raise term.refuse(f"give a value, {FIELDS[name]}; or quote it to search for the text")
        return make(term, context)
    if term.value and (known := context.vocabulary.value_name(name)):
        return _of_values(term, known, context)
    near = _near(name, [*FIELDS, *context.vocabulary.names()]) if term.value else None
    if near:
        raise term.refuse(
            f"there is no {term.field!r} here: write {near}:, or quote it to search for the text"
        )
    return word(term.typed.replace('"', ""))


def _near(name: str, known: Sequence[str]) -> str | None:
    """The name that was probably meant."""
    import difflib  # only for a mistake

    return next(iter(difflib.get_close_matches(name, known, 1, 0.75)), None)


def word(text: str) -> Condition:
    """That a run's text holds this one."""
    wanted = folded(text)
    if len(wanted) < SHORTEST:
        return plain(f"instr({TEXT}, ?)", [wanted])
    match = '"' + wanted.replace('"', '""') + '"'
    found = "SELECT rowid FROM run_texts WHERE run_texts MATCH ?"
    return Condition(
        (f"runs.number IN ({found})", [match]),
        (f"EXISTS ({found} AND rowid = runs.number)", [match]),
        match,
    )


def _project(term: Term, context: Context) -> Condition:
    wanted = _whole(term)
    known = context.vocabulary.values("project")
    held = [value for value in known if folded(value) in wanted]
    return _or_parameter(equal("project", held), term, context)


def _tag(term: Term, context: Context) -> Condition:
    """That a run has one of these tags; their own table leads to it."""
    held = _whole(term)
    found = f"SELECT number FROM run_tags WHERE tag IN ({', '.join('?' * len(held))})"
    written = Condition(
        (f"runs.number IN ({found})", held),
        (f"EXISTS ({found} AND number = runs.number)", held),
    )
    return _or_parameter(written, term, context)


def _or_parameter(label: Condition, term: Term, context: Context) -> Condition:
    """A label, or what a command was given under its name: `--project` is wandb's, too."""
    known = context.vocabulary.value_name(str(term.field).lower())
    return label if known is None else _either(label, _of_values(term, known, context))


def _whole(term: Term) -> list[str]:
    """The texts that are meant, whatever their case: `tag:base` is not `baseline`."""
    return [folded(part.strip()) for part in term.value.split(",")]


def _is(term: Term, _: Context) -> Condition:
    if term.value.lower() != "starred":
        raise term.refuse("write is:starred")
    return Condition(("starred", []), ("starred", []), column="starred")


def _user(term: Term, context: Context) -> Condition:
    """The person, or the way of those runs that know none."""
    found = [_text(column)(term, context) for column in ("user", "triggered_by")]
    known = [each for each in found if each.leading[1]]
    if len(known) < 2:
        return (known or found)[0]
    return _either(*known)


def _either(one: Condition, other: Condition) -> Condition:
    """That one of two holds, which no index of one leads to."""

    def written(left: Written, right: Written) -> Written:
        return f"({left[0]}) OR ({right[0]})", [*left[1], *right[1]]

    return Condition(written(one.leading, other.leading), written(one.followed, other.followed))


def _status(term: Term, _: Context) -> Condition:
    wanted = term.value.lower().split(",")
    for name in wanted:
        if name not in list(Status):
            near = _near(name, list(Status))
            meant = f"; did you mean {near}?" if near else ""
            raise term.refuse(f"{name!r} is not one of {', '.join(Status)}{meant}")
    return equal("status", wanted)


def _text(column: str) -> Callable[[Term, Context], Condition]:
    """A column whose few different values are looked through for a part of one."""

    def make(term: Term, context: Context) -> Condition:
        wanted = [folded(part) for part in term.value.split(",") if part]
        values = [v for v in context.vocabulary.values(column) if _holds(v, wanted, term)]
        return equal(column, values)

    return make


def _holds(value: str, wanted: list[str], term: Term) -> bool:
    text = folded(value)
    return any(part == text if term.compare == "=" else part in text for part in wanted)


def _model(term: Term, context: Context) -> Condition:
    """The model of a training, or the one that a command was given."""
    ours = _text("base_model")(term, context)
    known = context.vocabulary.value_name("model")
    return ours if known is None else _of_values(term, known, context)


def _name(term: Term, _: Context) -> Condition:
    return plain("instr(folded(runs.name), ?)", [folded(term.value)])


def _since(term: Term, context: Context) -> Condition:
    return compared(START, ">=", _moment(term, context, after=False))


def _until(term: Term, context: Context) -> Condition:
    return compared(START, "<", _moment(term, context, after=True))


def _moment(term: Term, context: Context, *, after: bool) -> str:
    try:
        at = moments.moment(term.value, context.zone, after=after)
        return timestamp(at.astimezone(UTC))
    except (moments.NoMoment, OverflowError):
        raise term.refuse(f"this is no time; write {FIELDS['since']}") from None


def _number(column: str, *, is_live: bool) -> Callable[[Term, Context], Condition]:
    def make(term: Term, _: Context) -> Condition:
        read = moments.seconds if column == DURATION else number
        if (value := read(term.value)) is None:
            raise term.refuse(
                f"{term.value!r} is no number; write {FIELDS[str(term.field).lower()]}"
            )
        return compared(column, term.compare or "=", value, is_live=is_live)

    return make


def _equal(column: str) -> Callable[[Term, Context], Condition]:
    def make(term: Term, _: Context) -> Condition:
        return plain(f"{column} = ?", [term.value.upper() if column == "signal" else term.value])

    return make


def _flag(term: Term, _: Context) -> Condition:
    return with_flag(term.value)


def with_flag(flag: str) -> Condition:
    """That a run has a flag; the index of runs with any leads to it."""
    flags = "SELECT 1 FROM json_each(flags) WHERE json_extract(value, '$.flag') = ?"
    written = f"flags != '[]' AND EXISTS ({flags})", [flag]
    return Condition(written, written, column="flags", is_live=True)


def _stage(term: Term, _: Context) -> Condition:
    return plain("stage = ?", [term.value], is_live=True)


def _of_values(term: Term, name: int, context: Context) -> Condition:
    """That a parameter or metric has this value: a number by size, a text by a part of it."""
    test, wanted = _test(term, name, context)
    asked = test.format("value")
    one = "(SELECT value FROM run_values WHERE number = runs.number AND name = ?)"
    return Condition(
        (
            f"runs.number IN (SELECT number FROM run_values WHERE name = ? AND {asked})",
            [name, *wanted],
        ),
        (test.format(one), [name, *wanted]),
        value=name,
        test=(test, wanted),
    )


def _test(term: Term, name: int, context: Context) -> Written:
    value = number(term.value)
    if term.compare not in ("", "="):
        if value is None:
            raise term.refuse(f"{term.value!r} is no number; write {term.field}:{term.compare}0.1")
        return (
            (f"{{}} {term.compare} ?", [value]) if term.compare[0] == "<" else _above(term, value)
        )
    if value is not None:
        return "{} = ?", [value]
    texts = [text for text in context.vocabulary.values_of(name) if isinstance(text, str)]
    wanted = [folded(part) for part in term.value.split(",") if part]
    held = [text for text in texts if _holds(text, wanted, term)]
    return f"{{}} IN ({', '.join('?' * len(held))})", held


def _above(term: Term, value: float) -> Written:
    """More than a number; a text is more than every number, for SQLite."""
    least, most = (value, _LARGEST) if term.compare == ">=" else (nextafter(value, inf), _LARGEST)
    return "{} BETWEEN ? AND ?", [least, most]


_FIELDS: dict[str, Callable[[Term, Context], Condition]] = {
    "status": _status,
    "cause": _text("cause"),
    "model": _model,
    "project": _project,
    "tag": _tag,
    "is": _is,
    "user": _user,
    "name": _name,
    "since": _since,
    "until": _until,
    "loss": _number("final_loss", is_live=True),
    "duration": _number(DURATION, is_live=False),
    "exit": _number("exit_code", is_live=False),
    "signal": _equal("signal"),
    "flag": _flag,
    "stage": _stage,
}
assert _FIELDS.keys() == FIELDS.keys()
