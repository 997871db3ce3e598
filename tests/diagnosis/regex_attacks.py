"""Texts that a regular expression may need long for, made from the expression itself.

Of each repeated part one example is repeated many times, so that what all but matches is tried
from every place; so are the words of the expression, in an order that it does not expect.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Any

# The parse tree of an expression: what `re` makes of it before it compiles it.
from re import _constants as sre  # type: ignore[attr-defined]  # isort: skip
from re import _parser as parser  # type: ignore[attr-defined]  # isort: skip

_REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)
_OFTEN = 8  # repeated more often than this, a part is worth an attack
_OF_CATEGORY = {
    sre.CATEGORY_DIGIT: "109",
    sre.CATEGORY_SPACE: " \t",
    sre.CATEGORY_WORD: "aA1_",
    sre.CATEGORY_NOT_SPACE: "a.1(-\"'",
    sre.CATEGORY_NOT_WORD: " .-:",
    sre.CATEGORY_NOT_DIGIT: "a. ",
}
_ANY = "a1 .:/-_'\"([{,=#|+*A\té"
_ENDS = ("", "\x01", "!", " x", "\n", '"')
_BETWEEN = (" ", "\n", "a", "1", ".", ": ", "'")

Tree = Any  # re._parser.SubPattern, which has no types


def attacks(pattern: re.Pattern[Any], size: int, count: int, seed: int) -> Iterator[str]:
    """`count` texts of about `size` characters each; the same ones for the same seed."""
    chance = random.Random(seed)
    tree = parser.parse(pattern.pattern, pattern.flags)
    hot: list[int | None] = [*_hot(tree)] or [None]
    words = [*_words(tree), *_BETWEEN]
    for number in range(count):
        if number % 2 == 0:
            text = _example(tree, chance, chance.choice(hot), size)
        elif number % 4 == 1:
            unit = _example(tree, chance, None, 0)
            text = _repeated(unit[: chance.randrange(1, len(unit) + 1)] if unit else "a", size)
        else:
            unit = "".join(chance.choice(words) for _ in range(chance.choice((1, 2, 2, 3))))
            text = _repeated(unit, size)
        yield text + chance.choice(_ENDS)


def _repeated(unit: str, size: int) -> str:
    return (unit * (size // len(unit) + 1))[:size]


def _below(op: Any, av: Any) -> list[Tree]:
    """The trees in a node."""
    if op in _REPEATS:
        return [av[2]]
    if op is sre.SUBPATTERN:
        return [av[3]]
    if op is sre.ATOMIC_GROUP:
        return [av]
    if op is sre.BRANCH:
        return list(av[1])
    return [av[1]] if op in (sre.ASSERT, sre.ASSERT_NOT) else []


def _hot(tree: Tree) -> Iterator[int]:
    """The parts that are repeated often."""
    for op, av in tree:
        if op in _REPEATS and av[1] > _OFTEN:
            yield id(av[2])
        for below in _below(op, av):
            yield from _hot(below)


def _words(tree: Tree) -> Iterator[str]:
    """What stands in the expression letter by letter."""
    word = ""
    for op, av in tree:
        if op is sre.LITERAL:
            word += chr(av)
            continue
        if word:
            yield word
        word = ""
        for below in _below(op, av):
            yield from _words(below)
    if word:
        yield word


def _example(tree: Tree, chance: random.Random, hot: int | None, size: int) -> str:
    """A text that the expression may match, with its part `hot` as often as fits."""
    return "".join(_of_node(op, av, chance, hot, size) for op, av in tree)


def _of_node(op: Any, av: Any, chance: random.Random, hot: int | None, size: int) -> str:
    if op is sre.LITERAL:
        return chr(av)
    if op is sre.NOT_LITERAL or op is sre.ANY:
        return chance.choice(_ANY)
    if op is sre.IN:
        return _member(av, chance)
    if op in _REPEATS:
        return _of_repeat(av, chance, hot, size)
    if op in (sre.ASSERT, sre.ASSERT_NOT):
        return ""
    below = _below(op, av)
    return _example(chance.choice(below), chance, hot, size) if below else ""


def _of_repeat(av: Any, chance: random.Random, hot: int | None, size: int) -> str:
    least, most, below = av
    if id(below) == hot:
        return _repeated(_example(below, chance, None, 0) or "a", size)
    count = least if chance.random() < 0.5 else min(most, least + chance.choice((1, 1, 2)))
    return "".join(_example(below, chance, hot, size) for _ in range(count))


def _member(items: list[Any], chance: random.Random) -> str:
    if items[0][0] is sre.NEGATE:
        out = {member for item in items[1:] for member in _members(*item)}
        return chance.choice([member for member in _ANY if member not in out] or ["é"])
    return chance.choice(_members(*chance.choice(items)))


def _members(op: Any, av: Any) -> list[str]:
    if op is sre.LITERAL:
        return [chr(av)]
    if op is sre.RANGE:
        return [chr(code) for code in range(av[0], min(av[1], av[0] + 200) + 1)]
    return list(_OF_CATEGORY.get(av, "a"))
