"""One real error, printed the ways that launchers, terminals and loggers print it."""

import json
import random
from pathlib import Path

import pytest

from lastwords.diagnosis import Ending, Explanation, explain

CASE = Path(__file__).parents[1] / "failures" / "data.malformed" / "bad_json_line"
LOG = (CASE / "output.log").read_text()
ERROR = LOG[LOG.index("Traceback") :].rstrip("\n").split("\n")
HEADLINE = "json.decoder.JSONDecodeError: Expecting value: line 2 column 1 (char 31)"
FAILED = Ending(exit_code=1)
NOISE = [f"step {n} loss {1 / (n + 1):.4f}" for n in range(30)]

PREFIXES = [
    "[rank3]: ",
    "[default2]:",
    "3: ",
    "[1,0]<stderr>:",
    "trainer-1  | ",
    "(RayTrainWorker pid=4711) ",
    "2026-11-22T20:14:02.123456789Z stderr F ",
    "2026-11-22 20:14:02,123 ERROR trainer: ",
    "Nov 22 20:14:02 node7 python[811]: ",
    "12.3s\t55\t",
    "    ",
    "worker-0 [stderr] ",
    "<14>1 ",
    "| ",
]


def check(explanation: Explanation) -> None:
    frame = explanation.user_frame
    assert explanation.cause == "data.malformed"
    assert explanation.headline == HEADLINE
    assert frame is not None
    assert (frame.file, frame.line, frame.function) == ("/srv/train/train.py", 10, "read")


def text_of(log: bytes, explanation: Explanation) -> str:
    assert explanation.error is not None
    return log[explanation.error.start : explanation.error.end].decode()


@pytest.mark.parametrize("prefix", PREFIXES)
def test_every_line_has_a_prefix(prefix: str) -> None:
    lines = [prefix + line for line in [*NOISE, *ERROR]]
    log = "\n".join([*lines, ""]).encode()
    explanation = explain(log, FAILED)
    check(explanation)
    assert text_of(log, explanation) == "\n".join(lines[len(NOISE) :])


@pytest.mark.parametrize(
    "glued",
    [
        "\r 37%|███▋      | 37/100 [00:01<00:02, 31.4it/s]",
        "2026-11-22 20:14:02,123 ERROR trainer ",
        "\x1b[0m",
        "\x00" * 300,
        "x" * 100_000 + "\r",
        "Epoch 3: ",
        "ERROR:root:",
    ],
)
def test_only_the_header_has_something_before_it(glued: str) -> None:
    log = "\n".join([*NOISE, glued + ERROR[0], *ERROR[1:], ""]).encode()
    explanation = explain(log, FAILED)
    check(explanation)
    assert text_of(log, explanation).endswith("\n".join(ERROR))
    assert explanation.error is not None
    assert explanation.error.first_line == len(NOISE) + 1


def test_carriage_returns_before_every_newline() -> None:
    log = "\r\n".join([*NOISE, *ERROR, ""]).encode()
    explanation = explain(log, FAILED)
    check(explanation)
    assert text_of(log, explanation) == "\r\n".join(ERROR)


def test_colours_as_python_3_13_prints_them() -> None:
    coloured = [
        line.replace('"', '"\x1b[35m', 1).replace('", ', '\x1b[0m", ') if "File" in line else line
        for line in ERROR
    ]
    kind, _, message = ERROR[-1].partition(": ")
    coloured[-1] = f"\x1b[1;35m{kind}\x1b[0m: \x1b[35m{message}\x1b[0m"
    check(explain("\n".join(coloured).encode(), FAILED))


@pytest.mark.parametrize("seed", range(10))
def test_lines_of_other_ranks_between_them(seed: int) -> None:
    chance = random.Random(seed)
    other = ["[rank1]: " + line for line in [*NOISE, *NOISE]]
    mine = ["[rank0]: " + line for line in ERROR]
    mixed: list[str] = []
    while mine or other:
        lane = chance.choice([lane for lane in (mine, other) if lane])
        mixed.append(lane.pop(0))
    check(explain("\n".join(mixed).encode(), FAILED))


@pytest.mark.parametrize(
    "after",
    [
        ["wandb: You can sync this run to the cloud by running:", "wandb: wandb sync x"],
        ["W1122 20:14:02.1 77 torch/distributed/elastic/api.py:1] Sending closing signal SIGTERM"],
        [
            "Exception ignored in: <function Bar.__del__ at 0x7f>",
            "Traceback (most recent call last):",
        ]
        + ['  File "/srv/train/bar.py", line 3, in __del__', "    self.x", "TypeError: 'x'"],
        ["/usr/lib/python3.11/multiprocessing/resource_tracker.py:224: UserWarning: leaked"],
        [" 37%|███▋      | 37/100 [00:01<00:02, 31.4it/s]"],
        ["2026-11-22 20:14:02 INFO closing", "2026-11-22 20:14:03 INFO closed"],
        ["Cleaning up temporary files"],
        ["srun: error: node7: task 0: Exited with exit code 1"],
        ["make: *** [Makefile:3: train] Error 1"],
        NOISE,
        ["[W1122 20:14:02.1 Nccl.cpp:1] destroy_process_group() was not called"],
    ],
)
def test_what_is_printed_after_the_error_is_not_part_of_it(after: list[str]) -> None:
    log = "\n".join([*NOISE, *ERROR, *after, ""]).encode()
    explanation = explain(log, FAILED)
    check(explanation)
    assert text_of(log, explanation) == "\n".join(ERROR)


def test_an_error_at_the_start_of_a_long_log() -> None:
    log = "\n".join([*ERROR, *(f"queue {n} drained" for n in range(100_000))]).encode()
    check(explain(log, FAILED))


def test_a_caught_error_before_the_real_one() -> None:
    caught = ["Traceback (most recent call last):", '  File "a.py", line 3, in helper', "    x()"]
    log = "\n".join([*caught, "KeyError: 'a'", *NOISE, *ERROR]).encode()
    check(explain(log, FAILED))


@pytest.mark.parametrize("key", ["exc_info", "stack_trace", "traceback", "error"])
def test_a_json_record(key: str) -> None:
    record = {"level": "ERROR", "message": "failed", key: "\n".join(ERROR) + "\n"}
    log = "\n".join([*NOISE, json.dumps(record), ""]).encode()
    explanation = explain(log, FAILED)
    check(explanation)
    assert explanation.error is not None
    assert explanation.error.first_line == explanation.error.last_line == len(NOISE) + 1


def test_a_json_record_of_nested_lines() -> None:
    record = {"severity": "ERROR", "error": {"stack": [line + "\n" for line in ERROR]}}
    check(explain(json.dumps(record).encode(), FAILED))


def test_newlines_written_as_two_characters() -> None:
    log = "level=error trace=" + "\\n".join(ERROR).replace('"', '\\"')
    check(explain(log.encode(), FAILED))


def test_a_notebook_like_indent_and_a_byte_order_mark() -> None:
    check(explain(("\ufeff" + "\n".join(ERROR)).encode(), FAILED))


def test_notes_belong_to_the_message() -> None:
    noted = [*ERROR, "while reading row 3 of train.jsonl", "batch: 12 rows"]
    log = "\n".join(noted).encode()
    assert text_of(log, explain(log, FAILED)) == "\n".join(noted)


def test_an_error_of_many_megabytes_is_whole() -> None:
    error = [*ERROR[:-1], "ValueError: bad rows:", *(f"  row {n}" for n in range(300_000))]
    log = "\n".join([*NOISE, *error, ""]).encode()
    assert text_of(log, explain(log, FAILED)) == "\n".join(error)
