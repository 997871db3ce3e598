"""What is said of a failure: texts.txt, one section for each rule, cause and idea.

A section, whose name stands beside where what it says is written, holds `title:` (alternatives by
`|`), `means:`, `why:` and the advice:

    - (condition) text :: command     one thing to do; condition and command may be absent
    / (condition) text :: command     the same in another wording: the first that fits is said
    - =idea                           what the section [=idea] says
    like: section                     what is left out is said as there

What a rule's section leaves out, the section of its cause says. Conditions: see `context`;
placeholders in braces: see `named`.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lastwords.diagnosis.rules.advice import OneOf, Say, Todo

FILE = Path(__file__).with_name("texts.txt")
_SECTION = re.compile(r"\[(?P<name>=?[\w.+-]+)\](?: (?P<source>\S.*))?")
_ADVICE = re.compile(r"[-/] (?:\((?P<when>[^) ]+)\) )?(?P<text>.+?)(?: :: (?P<command>.+))?")
_FIELD = re.compile(r"(?P<name>title|means|why|source|like): (?P<text>.+)")


@dataclass(frozen=True)
class Text:
    """A title, what it means, why it happens, what to do, and where that is written."""

    title: str = ""
    means: str = ""
    why: str = ""
    source: str = ""
    todo: Todo = ()


@cache
def sections() -> dict[str, list[str]]:
    """The lines of each section, read when first asked for."""
    found: dict[str, list[str]] = defaultdict(list)
    name = ""
    for line in FILE.read_text(encoding="utf-8").splitlines():
        section = _SECTION.fullmatch(line)
        if section is not None:
            name = section["name"]
            found[name] = [f"source: {section['source']}"] if section["source"] else []
        elif line and not line.startswith("#"):
            found[name].append(line)
    return dict(found)


@cache
def own_text(name: str) -> Text:
    """What the section of this name says itself."""
    lines = sections().get(name, [])
    fields = {m["name"]: m["text"] for line in lines if (m := _FIELD.fullmatch(line))}
    like = fields.pop("like", None)
    own = Text(todo=_todo([line for line in lines if line[:2] in ("- ", "/ ")]), **fields)
    return own if like is None else _over(own, own_text(like))


@cache
def text_of(name: str, cause: str) -> Text:
    """What is said of a rule: by its own section, else by that of its cause."""
    return _over(own_text(name), own_text(cause))


def _over(own: Text, general: Text) -> Text:
    return Text(
        own.title or general.title,
        own.means or general.means,
        own.why or general.why,
        own.source or general.source,
        own.todo or general.todo,
    )


@cache
def said_to_do() -> tuple[tuple[re.Pattern[str], Say], ...]:
    """What helps against an error in the code, by what its message says."""
    pairs = (line.removeprefix("- ").rsplit(" => ", 1) for line in sections()["said"])
    return tuple((re.compile(pattern), _say(f"- {advice}")) for pattern, advice in pairs)


def wordings_of(idea: str) -> frozenset[str]:
    """Every wording of an idea, whatever its condition."""
    return frozenset(_say(line).text for line in sections()[f"={idea}"])


def _todo(lines: list[str]) -> Todo:
    found: list[OneOf] = []
    for line in lines:
        if line.startswith("- ="):
            found.append(OneOf(*map(_say, sections()[line.removeprefix("- ")])))
        elif line.startswith("/ "):
            found[-1] = OneOf(*found[-1], _say(line))
        else:
            found.append(OneOf(_say(line)))
    return tuple(found)


def _say(line: str) -> Say:
    parts = _ADVICE.fullmatch(line)
    if parts is None:
        raise ValueError(f"texts.txt: no advice: {line}")
    command = parts["command"]
    return Say(parts["text"], command and command.replace("\\n", "\n"), parts["when"] or "")
