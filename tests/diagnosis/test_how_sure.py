"""Where a cause is told as likely, and where it is no more than a guess."""

import pytest

from lastwords.diagnosis import Ending, Explanation, explain

HEAD = 'Traceback (most recent call last):\n  File "/srv/a/fit.py", line 9, in main\n    run()\n'


def of(log: str) -> Explanation:
    return explain(log.encode(), Ending())


@pytest.mark.parametrize(
    "message",
    [
        "RuntimeError: tide table 4 is odd. Possible causes: CUDA out of memory",
        "RuntimeError: tide table 4 is odd. This may happen if Connection refused was met",
    ],
)
def test_what_a_message_only_supposes_is_a_guess(message: str) -> None:
    assert of(f"{HEAD}{message}\n").confidence == "unknown"


def test_what_the_message_states_before_its_advice_stays_likely() -> None:
    said = "OutOfMemoryError: CUDA out of memory. If you see this again, try reducing the batch"
    assert (of(f"{HEAD}torch.{said}\n").cause, of(f"{HEAD}torch.{said}\n").confidence) == (
        "memory.gpu_oom",
        "likely",
    )


def test_words_of_two_causes_in_one_message_make_a_guess() -> None:
    both = "ValueError: the dataset is empty; column 'tide' is missing"
    one = "ValueError: the dataset is empty"
    assert of(f"{HEAD}{one}\n").confidence == "likely"
    assert of(f"{HEAD}{both}\n").confidence == "unknown"


def test_a_broader_rule_for_part_of_the_same_words_takes_nothing_away() -> None:
    said = "ValueError: num_samples should be a positive integer value, but got num_samples=0"
    assert (of(f"{HEAD}{said}\n").cause, of(f"{HEAD}{said}\n").confidence) == (
        "data.empty",
        "likely",
    )


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        ("RuntimeError: selected index k out of range", "code.error"),
        ("EE1002: 2026-09-03-16:50:00.041 Stream synchronize timeout", "gpu.fault"),
        ("xgboost.core.XGBoostError: Check failed: cut.size() > 0 (0 vs. 0)", "data.malformed"),
    ],
)
def test_what_has_several_causes_is_told_as_possible(message: str, cause: str) -> None:
    assert (of(f"{message}\n").cause, of(f"{message}\n").confidence) == (cause, "unknown")


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        (
            "_catboost.CatBoostError: cat_features must be integer or string, real number values "
            "and NaN values should be converted to string.",
            "data.malformed",
        ),
        (
            "RuntimeError: stack expects each tensor to be equal size, but got [100, 937] at "
            "entry 0 and [100, 1024] at entry 1",
            "data.malformed",
        ),
        ("RuntimeError: expected scalar type Long but found Float", "data.malformed"),
        (
            "RuntimeError: Failed to import tide.trainer because of the following error (look up "
            "to see its traceback):\ncannot import name 'Ebb' from 'transformers' "
            "(/env/lib/python3.10/site-packages/transformers/__init__.py)",
            "deps.incompatible",
        ),
        (
            "[ERROR] HCCL(31,python): 2026-01-02 [adapter.cc:9][EJ0001] link is down",
            "distributed.peer",
        ),
        (
            "[PID: 74] 2026-01-02-03:16:15 Get_Socket_Timeout(EI0006): Getting socket times out.",
            "distributed.peer",
        ),
    ],
)
def test_the_cause_of_a_message(message: str, cause: str) -> None:
    assert of(f"{HEAD}{message}\n" if message[0] != "[" else f"{message}\n").cause == cause


def test_a_rank_that_a_signal_ended_is_no_rank_that_lost_another() -> None:
    table = "Root Cause (first observed failure):\n[0]:\n  rank      : 1 (local_rank: 1)\n"
    killed = "  exitcode  : -9 (pid: 7)\n  traceback : Signal 9 (SIGKILL) received by PID 7\n"
    assert of(f"train.py FAILED\n{table}{killed}").cause == "process.signal"


@pytest.mark.parametrize(
    "line",
    [
        "Error rate on the test set: 2.19%",
        "epoch 20 | train error 0.0209 | val error 0.0455",
        "Mean absolute error: 0.132",
        "[13] train-error:0.01 valid-error:0.03",
        "RuntimeWarning: invalid value encountered in divide\nbest val f1 0.83",
        "Error loading image 3: broken, skipped\nepoch 20 loss 0.2\nepoch 21 loss 0.1",
        "no better val_loss for 5 epochs, stopping training",
    ],
)
def test_an_error_that_is_measured_is_no_failure(line: str) -> None:
    assert of(f"epoch 19 done\n{line}\n").cause == "ok"
