"""Errors that go on for very long: whole in the log, explained by their beginning and their end."""

import pytest

from lastwords.diagnosis import Ending, Explanation, explain, extents, lanes
from lastwords.diagnosis.raise_statements import extent

FAILED = Ending(exit_code=1)
HEADER = b"Traceback (most recent call last):\n"
FRAME = b'  File "/srv/train/train.py", line 3, in main\n    main(rows)\n'
DURING = b"\nDuring handling of the above exception, another exception occurred:\n\n"
CAUSED = b"\nThe above exception was the direct cause of the following exception:\n\n"
LAST = HEADER + b"  File \"/srv/train/last.py\", line 9, in end\n    end()\nKeyError: 'last'\n"


def explained(log: bytes) -> Explanation:
    return explain(b"started\n" + log + b"\nended\n", FAILED)


def holds_all_of(explanation: Explanation, error: bytes) -> bool:
    span = explanation.error
    return span is not None and (span.start, span.end) == (8, 8 + len(error.rstrip()))


def behind(prefix: bytes, text: bytes) -> bytes:
    return b"".join(prefix + line for line in text.splitlines(keepends=True))


@pytest.mark.parametrize("prefix", [b"", b"[rank3]: "])
@pytest.mark.parametrize("link", [DURING, CAUSED])
@pytest.mark.parametrize("limit", range(300, 312))
def test_a_chain_is_whole_wherever_its_middle_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, prefix: bytes, link: bytes, limit: int
) -> None:
    monkeypatch.setattr(lanes, "_LINES_OF_ONE", limit)
    chain = behind(prefix, (HEADER + FRAME + b"ValueError: bad row\n" + link) * 900 + LAST)
    explanation = explained(chain)
    assert holds_all_of(explanation, chain)
    assert explanation.headline == "KeyError: 'last'"
    assert explanation.user_frame is not None
    assert explanation.user_frame.file == "/srv/train/last.py"
    assert explanation.cut_short is not None
    assert "its 901 exceptions" in explanation.cut_short
    assert "were not read" in explanation.cut_short
    relation = "context" if link == DURING else "cause"
    assert [link.relation for link in explanation.chain[:1]] == ["root"]
    assert {link.relation for link in explanation.chain[1:]} == {relation}


@pytest.mark.parametrize("step", [1000, 1500, 4096, 10_007])
def test_the_end_of_a_chain_is_found_over_the_edges_of_what_is_read_at_once(
    monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    monkeypatch.setattr(extents, "_STEP", step)
    monkeypatch.setattr(lanes, "_LINES_OF_ONE", 30)
    for number in range(40):
        error = (HEADER + FRAME * 3 + b"ValueError: " + b"x" * number + b"\n" + DURING) * 60 + LAST
        assert holds_all_of(explained(error), error), number


def test_a_stack_of_a_million_lines_keeps_its_deepest_frame() -> None:
    stack = HEADER + FRAME * 500_000 + LAST.removeprefix(HEADER)
    explanation = explained(stack)
    assert holds_all_of(explanation, stack)
    assert explanation.headline == "KeyError: 'last'"
    assert explanation.user_frame is not None
    assert (explanation.user_frame.file, explanation.user_frame.line) == ("/srv/train/last.py", 9)
    assert explanation.cut_short is not None
    assert explanation.cut_short.startswith("Lines 10,00")


def test_a_message_of_a_million_lines_ends_where_it_ends() -> None:
    message = HEADER + FRAME + b"ValueError: rows that are bad:\n" + b"  - row 17\n" * 1_000_000
    explanation = explained(message)
    assert holds_all_of(explanation, message)
    assert explanation.headline == "ValueError: rows that are bad:"
    assert explanation.cut_short is not None


def test_an_error_that_is_read_whole_is_not_called_cut_short() -> None:
    error = (HEADER + FRAME * 200 + b"ValueError: bad row\n" + DURING) * 5 + LAST
    explanation = explained(error)
    assert holds_all_of(explanation, error)
    assert explanation.cut_short is None
    assert len(explanation.chain) == 6


def test_a_dump_of_very_many_threads_keeps_the_current_one_which_is_its_last() -> None:
    thread = (
        b"Thread 0x00007f (most recent call first):\n"
        b'  File "/usr/lib/python3.11/a.py", line 1 in f\n\n'
    )
    current = (
        b"Current thread 0x00007e (most recent call first):\n"
        b'  File "/srv/train/last.py", line 9 in end\n'
    )
    dump = b"Fatal Python error: Segmentation fault\n\n" + thread * 20_000 + current
    explanation = explain(b"started\n" + dump, Ending(signal="SIGSEGV"))
    assert holds_all_of(explanation, dump)
    assert explanation.user_frame is not None
    assert explanation.user_frame.file == "/srv/train/last.py"


NESTED = {
    "remote tracebacks": b'multiprocessing.pool.RemoteTraceback: \n"""\n' + HEADER,
    "original tracebacks": HEADER + FRAME + b"RuntimeError: Caught in worker\nOriginal ",
    "errors that carry a stack": FRAME + b"RuntimeError: ray::step\n",
}


@pytest.mark.parametrize("name", NESTED)
def test_errors_nested_without_end_are_explained(name: str) -> None:
    explanation = explained(HEADER + NESTED[name] * 5000 + LAST)
    assert explanation.headline and explanation.error is not None


@pytest.mark.parametrize("name", ["original tracebacks", "errors that carry a stack"])
def test_what_lies_too_deep_to_be_taken_apart_is_said(name: str) -> None:
    explanation = explained(HEADER + NESTED[name] * 40 + LAST.removeprefix(HEADER))
    assert explanation.cut_short is not None
    assert "more than 8 deep" in explanation.cut_short


def test_exception_groups_nested_without_end_are_explained() -> None:
    def level(depth: int) -> bytes:
        margin = b" " * (2 * depth + 2)
        return (
            margin + b'|   File "/srv/train/train.py", line 3, in main\n'
            + margin + b"| ExceptionGroup: two (1 sub-exception)\n"
            + margin + b"+-+---------------- 1 ----------------\n"
            + margin + b"  | Exception Group Traceback (most recent call last):\n"
        )  # fmt: skip

    first = b"  + Exception Group Traceback (most recent call last):\n"
    log = first + b"".join(level(depth) for depth in range(1200))
    explanation = explained(log)
    assert explanation.headline == "ExceptionGroup: two (1 sub-exception)"
    assert explanation.cut_short is not None
    assert "more than 8 deep" in explanation.cut_short
    assert holds_all_of(explanation, log)


def test_numbers_of_thousands_of_digits_are_explained() -> None:
    log = b"Root Cause (first observed failure):\n  rank      : " + b"1" * 5000 + b"\n=========="
    assert explain(log, FAILED).cause


def test_a_statement_of_very_many_parts_says_nothing_of_its_message() -> None:
    statement = "raise ValueError(" + "+".join(['"a"'] * 900) + ")"
    assert extent(statement, own=True, type_name="ValueError", first="a" * 900) in ("open", 1)
    fields = 'raise ValueError(f"' + "{x}a" * 800 + 'b")'
    assert extent(fields, own=True, type_name="ValueError", first="a" * 3000) == "unknown"
