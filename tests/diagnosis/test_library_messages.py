"""What libraries say of a failure is known by their own words, whatever is filled in."""

import subprocess
import sys
from pathlib import Path

import pytest

from lastwords.diagnosis import Ending, Explanation, explain
from lastwords.diagnosis.rules.library_messages import known_to_say, library_messages
from lastwords.diagnosis.rules.texts import own_text

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "library_messages.py"


def told(said: str, library: str = "accelerate/accelerator.py") -> Explanation:
    """The explanation of a message that a library raised."""
    log = (
        "Traceback (most recent call last):\n"
        '  File "/home/ana/fit.py", line 31, in main\n    run(settings)\n'
        f'  File "/opt/venv/lib/python3.11/site-packages/{library}", line 120, in check\n'
        f"    raise ValueError(\nValueError: {said}\n"
    )
    return explain(log.encode(), Ending(exit_code=1))


def test_every_message_has_a_known_cause_and_enough_words_to_be_known_by() -> None:
    assert len(library_messages()) > 10_000
    for message in library_messages():
        assert own_text(message.cause).title, message
        assert len(message.longest) >= 14, message


def test_no_message_stands_there_twice() -> None:
    texts = [message.text for message in library_messages()]
    assert len(texts) == len(set(texts))


@pytest.mark.parametrize(
    ("said", "library", "cause"),
    [
        (
            "ParallelismConfig total_size (4) does not match num_processes (8). Please adjust "
            "dp_replicate_size/ dp_shard_size/tp_size/cp_size/sp_size.",
            "accelerate",
            "config.invalid",
        ),
        (
            "The number of features in data (9) is not the same as it was in training data (8).\n"
            "You can set ``predict_disable_shape_check=true`` to discard this error",
            "lightgbm",
            "data.malformed",
        ),
        ("Cannot find DGL C++ graphbolt library at /srv/dgl.so", "dgl", "deps.incompatible"),
    ],
)
def test_it_is_known_whatever_is_filled_in(said: str, library: str, cause: str) -> None:
    message = known_to_say(said)
    assert message is not None
    assert (message.library, message.cause) == (library, cause)
    explained = told(said)
    assert (explained.cause, explained.confidence) == (cause, "likely")
    assert explained.evidence[0].line == 6


def test_where_experts_may_differ_it_is_a_guess() -> None:
    said = "Index file doesn't match expected format. Make sure that --dataset-impl is configured "
    explained = told(said + "properly.", "fairseq/data/indexed_dataset.py")
    assert explained.confidence == "unknown"
    assert explained.title.startswith("Possibly: ")


def test_a_library_bug_or_misuse_is_told_as_no_setting() -> None:
    said = "You can't use same `Accelerator()` instance with multiple models when using DeepSpeed"
    assert told(said).cause == "code.error"


def test_a_rule_for_this_very_failure_knows_better() -> None:
    said = "Target modules {'q_proj'} not found in the base model. Please check the target modules"
    assert told(said, "peft/tuners/tuners_utils.py").cause == "adapter.target_modules"


def test_its_advice_is_what_the_message_says_where_it_is_passed_and_of_which_version() -> None:
    explained = told("Invalid mode. Choose from 'floor', 'round', or 'ceil'.", "nerfstudio/a.py")
    assert [(advice.text, advice.command) for advice in explained.advice] == [
        ("Do as the message says: Choose from 'floor', 'round', or 'ceil'", None),
        ("Fix what the message names where it is passed: /home/ana/fit.py:31, run(settings)", None),
        (
            "Check which values the installed version takes",
            "python -m pip show nerfstudio",
        ),
    ]


@pytest.mark.parametrize(
    "said", ["Please open an issue", "See the documentation", "Try again later, or wait a while"]
)
def test_what_helps_nobody_is_not_repeated(said: str) -> None:
    explained = told(f"Invalid mode. {said}.", "nerfstudio/a.py")
    assert not any("message says" in advice.text for advice in explained.advice)


def test_a_line_that_only_logs_it_is_known_too() -> None:
    log = b"step 3\nERROR: Cannot find DGL C++ graphbolt library at /srv/dgl.so\n"
    assert explain(log, Ending(exit_code=1)).cause == "deps.incompatible"


def test_the_script_prints_what_a_package_raises_and_the_table_lacks(tmp_path: Path) -> None:
    known = next(one.text for one in library_messages() if "{}" not in one.text)
    (tmp_path / "checks.py").write_text(
        "def check(size, rows):\n"
        "    if size < 1:\n"
        '        raise ValueError(f"The sieve takes no size of {size}, " "only even ones")\n'
        '    assert rows, "The sieve was given %d rows of nothing" % len(rows)\n'
        f"    raise RuntimeError({known!r})\n"
    )
    printed = subprocess.run(
        [sys.executable, SCRIPT, tmp_path], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert sorted(printed) == [
        "  The sieve takes no size of {}, only even ones    # ValueError, checks.py",
        "  The sieve was given {} rows of nothing    # AssertionError, checks.py",
    ]
