"""Whatever bytes a log holds: an answer, never a crash, and not a byte lost under the overlay."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lastwords.diagnosis import Ending, explain
from lastwords.diagnosis.overlay import overlay

LINES = st.sampled_from(
    [
        b"Traceback (most recent call last):",
        b"[rank0]: Traceback (most recent call last):",
        b'  File "train.py", line 3, in <module>',
        b'[rank0]:   File "train.py", line 3, in <module>',
        b"    main()",
        b"    ~~~~^^",
        b"ValueError: bad",
        b"[rank0]: ValueError: bad",
        b"  + Exception Group Traceback (most recent call last):",
        b'  |   File "train.py", line 3, in <module>',
        b"  | ExceptionGroup: two (2 sub-exceptions)",
        b"  +-+---------------- 1 ----------------",
        b"    | KeyError: 'a'",
        b"    +------------------------------------",
        b"",
        b"During handling of the above exception, another exception occurred:",
        b"The above exception was the direct cause of the following exception:",
        b'"""',
        b"multiprocessing.pool.RemoteTraceback: ",
        "╭─── Traceback (most recent call last) ───╮".encode(),
        "│ train.py:3 in <module>                  │".encode(),
        "╰─────────────────────────────────────────╯".encode(),
        b'{"level": "error", "exc": "Traceback (most recent call last):\\n  File"}',
        b"\r 50%|#####     | 5/10Traceback (most recent call last):",
        b"Original Traceback (most recent call last):",
        b"terminate called after throwing an instance of 'std::bad_alloc'",
        b"  what():  std::bad_alloc",
        b"Fatal Python error: Aborted",
        b"Current thread 0x00007f (most recent call first):",
        b"usage: train.py [-h]",
        b"train.py: error: unrecognized arguments: -x",
        b"Root Cause (first observed failure):",
        b"  rank      : 1 (local_rank: 1)",
        b"  traceback : Traceback (most recent call last):",
        b"\x1b[31mKilled\x1b[0m\x00\xff\xfe",
        b"{'loss': nan, 'epoch': 1}",
        b"step 3 loss 0.4",
    ]
)
ENDINGS = st.builds(
    Ending,
    status=st.sampled_from([None, "failed", "completed", "lost", "cancelled", "running"]),
    exit_code=st.one_of(st.none(), st.integers(-70, 300)),
    signal=st.sampled_from([None, "SIGKILL", "9", "KILL", "x"]),
    reason=st.sampled_from([None, "timeout", "oom_killed", "launch_failed"]),
)
LOGS = st.one_of(st.binary(max_size=3000), st.lists(LINES, max_size=60).map(b"\n".join))


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(LOGS, ENDINGS)
def test_every_log_gets_an_answer_and_the_pieces_are_the_log(log: bytes, ending: Ending) -> None:
    explanation = explain(log, ending)
    error = explanation.error
    pieces = list(overlay(log, error))
    assert b"".join(log[piece.start : piece.end] for piece in pieces) == log
    assert all(one.end == two.start for one, two in zip(pieces, pieces[1:], strict=False))
    if error is not None:
        assert 0 <= error.start < error.end <= len(log)
        assert error.first_line == 1 + log[: error.start].count(b"\n")
        assert error.last_line == 1 + log[: error.end].count(b"\n")
    if ending.status == "failed":
        assert explanation.headline
        assert explanation.cause != "ok"


STEP = 2 << 20
ADVERSARIAL = {
    "one line": b"a" * STEP,
    "open brackets": b"ValueError: " + b"[" * STEP,
    "headers": b"Traceback (most recent call last):\n" * (STEP // 35),
    "lanes": b"[rank1]: Traceback (most recent call last):\n" * (STEP // 44),
    "headers in one line": b"Traceback (most recent call last):" * (STEP // 34),
    "frames": b"Traceback (most recent call last):\n"
    + b'  File "a.py", line 1, in f\n' * (STEP // 28),
    "messages": b"Traceback (most recent call last):\nValueError: (\n" + b"- a\n" * (STEP // 4),
    "redraws": b"\r 1%|# | 1/9" * (STEP // 12),
    "blank": b"\n" * STEP,
    "json": b'{"a": ' * (STEP // 6),
    "escapes": b"\x1b[" * (STEP // 2),
    "words": b"no data loss nan error " * (STEP // 23),
    "dump": b"Fatal Python error: Aborted\n" + b'  File "a.py", line 1 in f\n' * (STEP // 27),
    "relations": b"ValueError: a\n\nDuring handling of the above exception, another exception "
    b"occurred:\n\n" * (STEP // 84),
    "groups": b"  + Exception Group Traceback (most recent call last):\n"
    + b"  | a\n" * (STEP // 6),
    "usage": b"usage: x\nx: error: y\n" * (STEP // 20),
    "box": "╭─ Traceback (most recent call last) ─╮\n".encode() + "│ a │\n".encode() * (STEP // 10),
}


def processor_time(log: bytes) -> float:
    """The seconds this process itself computed for an explanation."""
    before = time.process_time()
    explain(log, Ending(status="failed", exit_code=1))
    return time.process_time() - before


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_time_grows_no_faster_than_the_log(name: str) -> None:
    """Four times the log may take eight times as long; squares would take sixteen and more."""
    quarter, whole = ADVERSARIAL[name][: STEP // 4], ADVERSARIAL[name]
    most = 1 + 8 * min(processor_time(quarter) for _ in range(3))
    assert any(processor_time(whole) < most for _ in range(5)), "in none of five tries"


def test_a_line_of_20_megabytes_is_read_once() -> None:
    log = b"x" * (20 << 20) + b"\nTraceback (most recent call last):\nValueError: " + b"y" * 1000
    before = time.process_time()
    explanation = explain(log, Ending(exit_code=1))
    assert time.process_time() - before < 10
    assert explanation.headline == "ValueError: " + "y" * 1000
