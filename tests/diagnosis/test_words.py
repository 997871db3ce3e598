"""What programs say in their own words is understood, and what they only mention is not.

rules/known_messages.txt holds messages with their causes. Each is asked for here as if it were not
in the file.
"""

import io
import logging
import traceback

import pytest

from lastwords.diagnosis import Ending, explain
from lastwords.diagnosis.reading import read_case
from lastwords.diagnosis.rules.rule import Finding, as_guess
from lastwords.diagnosis.rules.second_opinion import weigh
from lastwords.diagnosis.rules.similarity import (
    KNOWN_MESSAGES,
    NOTHING,
    KnownMessages,
    known_messages,
    read_known_messages,
)
from lastwords.diagnosis.rules.verdict import by_rules

MESSAGES = list(read_known_messages())
FAILED = Ending(exit_code=1)


def raised(message: str) -> bytes:
    """The traceback that Python prints of this message, really raised."""
    code = compile(f"raise RuntimeError({message!r})", "/srv/train/train.py", "exec")
    try:
        exec(code, {})
    except RuntimeError:
        return ("step 1 loss 2.0\n" + traceback.format_exc()).encode()
    raise AssertionError("nothing was raised")


def logged(message: str) -> bytes:
    """The record that logging writes of this message."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s [%(name)s] %(message)s"))
    record = logging.LogRecord("train", logging.ERROR, "train.py", 1, message, None, None)
    handler.emit(record)
    return ("reading settings\n" + stream.getvalue()).encode()


def is_right(said: str, cause: str) -> bool:
    return said == cause or (cause == NOTHING and said == "code.error")


@pytest.mark.parametrize("print_of", [raised, logged])
def test_what_was_heard_before_is_understood(print_of: object) -> None:
    assert callable(print_of)
    wrong = []
    for cause, message in MESSAGES:
        explanation = explain(print_of(message), FAILED)
        assert message in explanation.headline
        if not is_right(explanation.cause, cause):
            wrong.append((message, explanation.cause))
    assert len(wrong) < 0.03 * len(MESSAGES), wrong


def test_what_was_never_heard_is_mostly_understood_and_seldom_taken_for_something_else() -> None:
    """A rule may have been written for a message; similarity is asked without it."""
    right = misled = 0
    for number, (cause, message) in enumerate(MESSAGES):
        ruled = by_rules(read_case(raised(message), FAILED))
        votes = known_messages().votes(message, without=number)
        found, is_sure = weigh(ruled.cause if ruled is not None else NOTHING, votes)
        right += found == cause
        misled += is_sure and found not in (cause, NOTHING)
    assert right > 0.8 * len(MESSAGES)
    assert misled < 0.03 * len(MESSAGES)


def test_a_word_by_word_repetition_counts_most_and_a_strange_language_not_at_all() -> None:
    known = KnownMessages([("disk.full", "the disk is full"), ("gpu.fault", "the card is broken")])
    votes = known.votes("the disk is full")
    assert votes["disk.full"] > 0.99 > 0.5 > votes["gpu.fault"]
    assert known.votes("kein Platz mehr") == {}


def test_what_words_alone_say_is_told_as_a_guess() -> None:
    explanation = explain(raised("weird volume of the scratch space is nearly full, stop"), FAILED)
    assert (explanation.cause, explanation.confidence) == ("disk.full", "unknown")
    assert explanation.title.startswith("Possibly: ")
    guess = explain(raised("could not squeeze the checkpoint onto the scratch volume"), FAILED)
    assert guess.confidence == "unknown" and guess.cause not in ("unknown", "code.error")
    assert guess.title.startswith("Possibly: ")


@pytest.mark.parametrize(
    ("title", "guessed"),
    [
        ("A row is not valid JSON", "Possibly: A row is not valid JSON"),
        ("CUDA ran out of memory", "Possibly: CUDA ran out of memory"),
    ],
)
def test_a_doubted_finding_is_said_as_what_may_be_so(title: str, guessed: str) -> None:
    doubted = as_guess(Finding("data.malformed", title, "likely"))
    assert (doubted.title, doubted.confidence) == (guessed, "unknown")


def test_sayings_are_kept_in_order_and_once() -> None:
    lines = KNOWN_MESSAGES.read_text().splitlines()
    assert lines == sorted(set(lines), key=lambda line: tuple(line.split("|", 1)))


def test_words_of_a_cause_in_a_healthy_log_mean_nothing() -> None:
    said = "".join(f"WARNING {message}\n" for _, message in MESSAGES)
    log = said + "{'loss': 0.4, 'epoch': 1.0}\nmodel saved to out/\n"
    assert explain(log.encode(), Ending(exit_code=0)).cause == "ok"
