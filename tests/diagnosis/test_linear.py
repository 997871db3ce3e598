"""Time grows with the log and no faster, whatever it holds: each pattern and each scanner alone.

A clock on a busy machine proves little, so it is the processor's time of this process that is
taken, the least of several times, and sizes are compared with each other: twice the text may take
three times as long. Squares take four times, and are found at sizes where that is seconds.
"""

from __future__ import annotations

import importlib
import pkgutil
import random
import re
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from bench.hostile import HOSTILE
from tests.diagnosis.regex_attacks import attacks

from lastwords import diagnosis
from lastwords.diagnosis import Ending, error_lines, explain, fingerprint, history, masking, overlay
from lastwords.diagnosis.explanation import Span
from lastwords.diagnosis.history import went_on_without
from lastwords.diagnosis.lines import clean
from lastwords.diagnosis.native_stacks import end_of_stack
from lastwords.diagnosis.other_languages import find_foreign
from lastwords.diagnosis.outcomes import last_outcome
from lastwords.diagnosis.reports import find_reports
from lastwords.diagnosis.rules import wording_pairs
from lastwords.diagnosis.rules.library_messages import known_to_say
from lastwords.diagnosis.rules.order import RULES, WORDING
from lastwords.diagnosis.rules.rule import Rule
from lastwords.diagnosis.stated_ends import find_stated_ends
from lastwords.diagnosis.torchrun import rank_report
from lastwords.diagnosis.traceback import find_tracebacks
from lastwords.diagnosis.traceback_syntax import readable

GROWTH = 3.0
FLOOR = 0.02  # seconds: what takes less is not worth comparing
SIZE = 64 << 10
ENOUGH = 1.0  # seconds: 128 KiB take less where time grows as it should

# Patterns that see no more than so many characters at once, cut off where they are used.
REACH = {
    "history._WHAT_IS_SAVED": 300,
    "rules.similarity._PATH": 400,
    "rules.similarity._HUMP": 400,
    "rules.named._OF_THIS_MACHINE": 2_000,
}
# Modules whose patterns are tried at places only that google-re2 found.
APART = ("secret_contexts", "secret_shapes", "secret_finder", "names_in_text", "encoded_secrets")


def seconds(work: Callable[[], object], times: int = 1) -> float:
    """The processor's time that this takes, the least of several times."""
    taken = []
    for _ in range(times):
        before = time.process_time()
        work()
        taken.append(time.process_time() - before)
    return min(taken)


def grows_too_fast(
    work: Callable[[Any], object], small: Any, large: Any, floor: float = FLOOR
) -> str:
    """Says so where twice the text takes far more than twice the time."""
    if seconds(partial(work, large)) < floor:
        return ""
    less, more = (seconds(partial(work, text), 3) for text in (small, large))
    if more < floor + GROWTH * less:
        return ""
    return f"{less:.3f} s, and {more:.3f} s for twice as much: {large[:80]!r}"


# --- patterns --------------------------------------------------------------------------------


def modules() -> Iterator[tuple[str, Any]]:
    for found in pkgutil.walk_packages(diagnosis.__path__, "lastwords.diagnosis."):
        name = found.name.removeprefix("lastwords.diagnosis.")
        if name not in APART:
            yield name, importlib.import_module(found.name)


def patterns() -> dict[str, re.Pattern[Any]]:
    """Every compiled pattern of the package by its name, and those that rules are made of."""
    found: dict[str, re.Pattern[Any]] = {
        f"{module}.{name}": value
        for module, content in modules()
        for name, value in vars(content).items()
        if isinstance(value, re.Pattern)
    }
    for rule in (*RULES, *WORDING):
        found |= {f"rule {rule.name}.{part}": pattern for part, pattern in parts_of(rule)}
    for name, value in vars(wording_pairs).items():
        if name.isupper() and isinstance(value, str):
            found[f"rules.wording_pairs.{name}"] = re.compile(value)
    return found


def parts_of(rule: Rule) -> Iterator[tuple[str, re.Pattern[str]]]:
    for part in ("says", "types", "where", "code", "unless", "elsewhere", "above"):
        if getattr(rule, part):
            yield part, re.compile(getattr(rule, part))


PATTERNS = patterns()
TRIES = 4


def test_every_pattern_of_the_package_is_held_here() -> None:
    assert len(PATTERNS) > 350
    assert set(REACH) <= set(PATTERNS)


@pytest.mark.parametrize("part", range(8))
def test_a_pattern_takes_time_in_proportion_to_its_text(part: int) -> None:
    found = {name: slow(name, PATTERNS[name]) for name in sorted(PATTERNS)[part::8]}
    assert not {name: why for name, why in found.items() if why}


def slow(name: str, pattern: re.Pattern[Any]) -> str:
    of_rule = name.startswith("rule")
    size = min(2_000, REACH.get(name, 2_000) // 2)

    def searched(text: str) -> None:
        text = readable(text) if of_rule else text
        pattern.search(text.encode() if isinstance(pattern.pattern, bytes) else text)

    texts = (attacks(pattern, length, TRIES, 7) for length in (size, 2 * size))
    found = (grows_too_fast(searched, small, large) for small, large in zip(*texts, strict=True))
    return next(filter(None, found), "")


# --- scanners --------------------------------------------------------------------------------

SCANNERS: dict[str, Callable[[bytes], object]] = {
    "stated ends": lambda log: list(find_stated_ends(log)),
    "tracebacks": find_tracebacks,
    "reports": find_reports,
    "native stacks": lambda log: end_of_stack(error_lines.tail_lines(log), 0),
    "reasons of a crash": lambda log: explain(log, Ending()).headline,
    "ranks": rank_report,
    "other languages": lambda log: find_foreign(error_lines.tail_lines(log)),
    "error lines": lambda log: error_lines.last_error_lines(log, said_by_exit=True),
    "training": history.trained,
    "going on": lambda log: (history.went_on(log, 0, "[rank1]: "), went_on_without(log, 0, "")),
    "outcomes": lambda log: last_outcome(error_lines.tail_lines(log)),
    "losses": lambda log: history.not_finite(error_lines.tail_lines(log)),
    "clean text": lambda log: clean(log.decode("utf-8", "replace")),
    "fingerprint": lambda log: fingerprint.masked(log.decode("utf-8", "replace")),
    "libraries' messages": lambda log: known_to_say(log.decode("utf-8", "replace")),
    "masking": lambda log: masking.mask(log.decode("utf-8", "replace")),
    "overlay": lambda log: list(overlay.overlay(log, Span(0, len(log), 1, 1))),
}
TOKENS = [
    b"Traceback (most recent call last):\n",
    b"[rank0]: Traceback (most recent call last):\n",
    b'  File "a.py", line 3, in f\n',
    b"    f()\n",
    b"ValueError: bad\n",
    b"During handling of the above exception, another exception occurred:\n",
    b"The above exception was the direct cause of the following exception:\n",
    b"  + Exception Group Traceback (most recent call last):\n",
    b"  +-+---------------- 1 ----------------\n",
    b"  | ",
    b"    | ",
    b'"""\n',
    b"multiprocessing.pool.RemoteTraceback: \n",
    b"Original ",
    "╭─── Traceback (most recent call last) ───╮\n".encode(),
    "│ a.py:3 in f │\n".encode(),
    b"KeyError                  Traceback (most recent call last)\n",
    b"Cell In[3], line 4\n----> 4 rows[0]\n",
    b'{"error": "Traceback (most recent call last):\\n", "a": ',
    b"{", b"}", b"[", b"]", b'"', b"'", b"`", b"(", b")", b"\\n", b"\\",
    b"\n", b" ", b"\t", b"\r", b"\0", b"\x1b", b"\x1b[", b"\x1b]0;", b"\x1b[31m", b"0;", b"\xff",
    b"\n\n", b"a", b"A", b"1", b".", b"/", b":", b"-", b"_", b"%|", b"=", b"+", b"|", b",",
    b"Fatal Python error: Aborted\n",
    b"Current thread 0x00007f (most recent call first):\n",
    b'  File "a.py", line 1 in f\n',
    b"Timeout (0:00:01)!\n",
    b"terminate called after throwing an instance of 'E'\n",
    b"  what():  a\n",
    b"usage: a.py [-h]\n",
    b"a.py: error: unrecognized\n",
    b"SyntaxError: bad\n",
    b"Root Cause (first observed failure):\n",
    b"  rank      : 1\n",
    b"F1127 10:00:00.1 1 a.cc:3] Check failed\n",
    b"    at f (a.js:1)\n",
    b"#1  0x00007f in f ()\n",
    b"    @ 0x7f2a1b g()\n",
    b"Cannot load heron\nAborted (core dumped)\n",
    b"[a 2027-01-01 00:00:00] ",
    b"**",
    b"Caused by: a.B: c\n",
    b"panic: a\ngoroutine 1 [running]:\n",
    b"==== FAILURES ====\n",
    b"loss ", b"nan ", b"saved ", b"model.pt ", b"step 3 ", b"50%|# | 1/2", b"it/s",
    b"[start of a]\n", b"[end of a]\n", b"-" * 30 + b"\n", b"Error Message Summary:\n",
    b"C++ Traceback (most recent call last):\n", b"a\tb\tc\n",
    b"3 of 3 jobs failed", b"(A pid=4) ", b"[rank1]: ", b"Training finished\n",
    b"error ", b"ERROR: ", b"failed ", b"exit code 1 ", b"/tmp/a.json ",
]  # fmt: skip


def repeated_tokens(count: int, seed: int) -> Iterator[tuple[bytes, bytes, bytes]]:
    """What stands before, what is repeated, what stands after."""
    chance = random.Random(seed)
    for _ in range(count):
        before, after = (b"".join(chance.choices(TOKENS, k=chance.randrange(3))) for _ in "ba")
        yield before, b"".join(chance.choices(TOKENS, k=chance.randrange(1, 5))), after


@pytest.mark.parametrize("name", SCANNERS)
def test_a_scanner_takes_time_in_proportion_to_the_log(name: str) -> None:
    for before, unit, after in repeated_tokens(8, seed=11):
        small, large = (before + unit * (size // len(unit)) + after for size in (SIZE, 2 * SIZE))
        assert not (found := grows_too_fast(SCANNERS[name], small, large, ENOUGH / 2)), found


def explained(log: bytes) -> None:
    explanation = explain(log, Ending(status="failed", exit_code=1))
    error = explanation.error
    fingerprint.fingerprint(explanation, log[error.start : error.end] if error else b"")


@pytest.mark.parametrize("part", range(8))
def test_a_hostile_log_is_explained_in_proportion_to_its_size(part: int) -> None:
    shapes = sorted(HOSTILE)[part::8]
    found = {
        shape: grows_too_fast(explained, HOSTILE[shape](SIZE // 2), HOSTILE[shape](SIZE), ENOUGH)
        for shape in shapes
    }
    assert not {shape: why for shape, why in found.items() if why}


@pytest.mark.parametrize("shape", ["chain", "escapes in one line", "frames", "json in depth"])
def test_ten_times_the_log_takes_no_minute(shape: str) -> None:
    """A bound that a chain of 5,700 exceptions in a megabyte went past by far."""
    assert seconds(partial(explained, HOSTILE[shape](20_000_000))) < 10
