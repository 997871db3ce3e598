"""What programs say in their own words is understood, and what they only mention is not.

tests/own_words.txt: a line for each saying, `cause|message`, written before any rule knew it.
"""

import io
import logging
import traceback
from pathlib import Path

import pytest

from lastwords.diagnosis import Ending, explain

SAYINGS = [
    line.split("|", 1)
    for line in (Path(__file__).parent / "own_words.txt").read_text().splitlines()
]
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


@pytest.mark.parametrize(("cause", "message"), SAYINGS, ids=lambda value: value[:60])
def test_a_raised_message_is_understood(cause: str, message: str) -> None:
    explanation = explain(raised(message), FAILED)
    assert (explanation.cause, explanation.headline) == (cause, f"RuntimeError: {message}")


@pytest.mark.parametrize(
    ("cause", "message"),
    [saying for saying in SAYINGS if saying[0] != "code.error"],
    ids=lambda value: value[:60],
)
def test_a_logged_message_is_understood(cause: str, message: str) -> None:
    explanation = explain(logged(message), FAILED)
    assert (explanation.cause, explanation.headline.endswith(message)) == (cause, True)


def test_words_of_a_cause_in_a_healthy_log_mean_nothing() -> None:
    said = "".join(f"WARNING {message}\n" for _, message in SAYINGS)
    log = said + "{'loss': 0.4, 'epoch': 1.0}\nmodel saved to out/\n"
    assert explain(log.encode(), Ending(exit_code=0)).cause == "ok"
