"""Failures that something was printed after: a survivor's line, a farewell, a runner's summary."""

from __future__ import annotations

import pytest

from lastwords.diagnosis import Ending, Explanation, explain

STACK = """\
Traceback (most recent call last):
  File "/srv/tone/fit.py", line 44, in <module>
    fit(rows)
  File "/srv/tone/fit.py", line 31, in fit
    model.step(rows)
ValueError: 3 rows have no tone
"""
SAVED = "epoch 1 loss 0.52\nSaving model checkpoint to out/step-40\nModel saved to out/step-40\n"


def said(log: str) -> Explanation:
    return explain(log.encode(), Ending())


def of(tag: str, text: str = STACK) -> str:
    return "".join(f"{tag}{line}\n" for line in text.splitlines())


@pytest.mark.parametrize(
    "log",
    [
        of("(Actor pid=812) ") + "(Critic pid=813) Saved out/critic/model_states.pt.\n",
        of("(Actor pid=812, ip=10.0.0.4) ") + "(Critic pid=77, ip=10.0.0.5) Model saved to a.pt\n",
        of("worker-2  | ") + "worker-1  | step 8 loss 0.3\nworker-1  | step 9 loss 0.3\n",
        of("[rank2]: ") + "[rank0]: saved checkpoint out/model-40.pt\n",
        of("[rank2]: ") + "step 8 loss 0.3\nSaved checkpoint to out/model.pt\n",
        of("[1,2]<stderr>:") + "[1,0]<stdout>:step 8 loss 0.3\n[1,0]<stdout>:step 9 loss 0.3\n",
        of("2: ") + "0: step 8 loss 0.3\n1: step 8 loss 0.3\n0: step 9 loss 0.3\n",
        of("") + "Exception ignored in: <function Adam.__del__ at 0x7f2a>\n",
        f"Process Process-2:\n{STACK}INFO | POST http://lo:78/reset\n训练结束, 请查看日志\n",
        f"Process SpawnProcess-1:\n{STACK}Training finished.\n",
        f"{STACK}All done!\n",
        f"{STACK}=== job finished at Mon Jan 8 12:00:01 UTC 2024 ===\n",
        f"{STACK}2026-01-08 12:00:02 INFO Training has ended\n",
    ],
)
def test_who_dies_has_failed_though_others_print_on_for_a_while(log: str) -> None:
    assert said(log).headline == "ValueError: 3 rows have no tone"


@pytest.mark.parametrize(
    "log",
    [
        of("(trial pid=1) ") + "".join(f"(trial pid=2) epoch {n} loss 0.3\n" for n in range(12)),
        of("[rank1]: ") + "rank 0 attempt 1\nrank 0: model saved to out/a.pt\nexit code 0\n",
        of("(load pid=4) ") + "(load pid=4) step 8 loss 0.3\n(load pid=4) step 9 loss 0.3\n",
        f"Process Process-2:\n{STACK}worker restarted\nepoch 2 loss 0.4\nTraining finished\n",
        f"{STACK}Training finished, best accuracy 0.25\n",
        f"{STACK}skipping this file\nDone\n",
    ],
)
def test_who_goes_on_for_long_or_on_purpose_has_survived(log: str) -> None:
    assert said(log).cause == "ok"


@pytest.mark.parametrize(
    "line",
    [
        "Killed",
        "Segmentation fault (core dumped)",
        "run.pl: 8 / 8 failed, log is in exp/align/log/align.*.log",
        "3 of 3 jobs failed",
        "2 out of 8 trials failed, see results/",
        "make: *** [Makefile:12: fit] Error 1",
        "Error: Process completed with exit code 1.",
        "ERROR: Job failed: exit code 1",
        "Exiting because a job execution failed. Look above for error message",
        "ERROR: failed to reproduce 'fit': failed to run: python fit.py, exited with 1",
        "ERROR ~ Error executing process > 'FIT (1)'",
        "=========== 1 failed, 3 passed in 2.31s ===========",
        "parallel: This job failed:\npython fit.py --seed 3",
        "Job tones-7 finished with status: Failed",
        "error: job tones-7 failed: BackoffLimitExceeded",
        "Tasks: 4 succeeded, 1 failed",
        "=== Run (ID '8d2') failed ===",
        "Task exited with return code 1",
        "[FAIL] stage 3: fit",
        "All 4 workers failed",
        "0/4 workers succeeded",
    ],
)
def test_a_runner_s_word_goes_before_the_good_end_of_what_it_ran_first(line: str) -> None:
    explanation = said(f"{SAVED}{line}\n")
    assert explanation.headline == line.split("\n")[0]
    assert explanation.error is not None
    assert explanation.error.first_line == 4


@pytest.mark.parametrize(
    "line",
    [
        "ERROR:wandb:failed to upload 1 file(s), will retry on next sync",
        "no error, all done",
        "0 of 3 jobs failed",
        "Tasks: 4 succeeded, 0 failed",
        "3 passed, 0 failed",
        "Training finished, failed runs: 0",
        "Skipped 2 rows that failed to parse",
        "Expected calibration error 0.03",
        "Missing keys: none",
        "job 2 failed once, retrying",
        "Exported 3 failed predictions to errors.csv",
        "Job 12 completed, the job before failed over to node 3",
        "Retried 1 failed task, all is well",
        "Steps failed: 0",
    ],
)
def test_a_word_of_failure_below_a_good_end_is_none_where_no_work_failed(line: str) -> None:
    assert said(f"{SAVED}{line}\n").cause == "ok"


@pytest.mark.parametrize("said_last", ["RuntimeError: CUDA error: unspecified launch failure"])
def test_an_exception_without_its_stack_counts_below_a_checkpoint(said_last: str) -> None:
    assert said(f"{SAVED}{said_last}\n").headline == said_last


def test_a_traceback_at_the_very_end_is_never_well() -> None:
    above = f"{SAVED}WARNING: retrying the upload after:\n"
    caught = STACK.replace("<module>", "upload")
    assert said(above + caught).cause != "ok"


def test_a_stack_of_an_embedded_python_s_own_module_is_not_the_user_s() -> None:
    own = '  File "C:\\tone\\data.py", line 45, in sizes\n    getsize(path)\n'
    of_python = '  File "genericpath.py", line 50, in getsize\n'
    log = f"{STACK.splitlines()[0]}\n{own}{of_python}FileNotFoundError: [WinError 3] gone\n"
    frame = said(log).user_frame
    assert frame is not None
    assert frame.line == 45
