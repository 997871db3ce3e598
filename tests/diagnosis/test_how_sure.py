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


STRANGER = (
    '  File "/opt/venv/lib/python3.11/site-packages/heron/core.py", line 40, in sort\n'
    "    raise ValueError(\n"
)


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        ("The nest has no samples left for the third brood", "data.empty"),
        ("The loss of the third brood is not finite", "numeric.nan"),
    ],
)
def test_general_words_of_a_library_that_nobody_has_read_are_a_guess(
    message: str, cause: str
) -> None:
    explained = of(f"{HEAD}{STRANGER}ValueError: {message}\n")
    assert (explained.cause, explained.confidence) == (cause, "unknown")


def test_a_requirement_is_no_package_because_a_value_does_not_meet_it() -> None:
    said = "--keep_best requires the saving steps to be even, but found 15, which is not even."
    explained = of(f"{HEAD}{STRANGER}ValueError: {said}\n")
    assert explained.cause != "deps.missing"
    assert not any("pip install" in (advice.command or "") for advice in explained.advice)


def test_an_empty_pipe_of_a_spawned_process_is_not_what_failed_before_it() -> None:
    spawned = (
        'Traceback (most recent call last):\n  File "<string>", line 1, in <module>\n'
        '  File "C:\\py\\multiprocessing\\spawn.py", line 116, in spawn_main\n'
    )
    log = (
        f"{spawned}"
        '  File "C:\\work\\fit.py", line 2, in <module>\n    import torch\n'
        "OSError: [WinError 1455] The paging file is too small for this operation to complete.\n"
        f"{spawned}"
        '  File "C:\\py\\multiprocessing\\spawn.py", line 126, in _main\n'
        "EOFError: Ran out of input\n"
    )
    explained = of(log)
    assert (explained.cause, explained.user_frame and explained.user_frame.line) == (
        "memory.host_oom",
        2,
    )


def test_a_refused_override_is_not_told_with_what_was_typed_and_logged_above_it() -> None:
    explained = of(
        "root@box:/opt/heron# python fit.py \\\n>   model.path= a.nemo\n"
        "[Heron W 2026-03-26 02:40:05 bpe:16] Failed to import owl. If needed: pip install owl\n"
        "Error parsing override 'a.nemo'\nmissing EQUAL at '<EOF>'\n"
        "See https://hydra.cc/docs/1.2/advanced/override_grammar/basic for details\n\n"
        "Set the environment variable HYDRA_FULL_ERROR=1 for a complete stack trace.\n"
    )
    assert (explained.cause, explained.headline) == (
        "config.invalid",
        "Error parsing override 'a.nemo'",
    )
    assert explained.error is not None
    assert explained.error.first_line == 4


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        (
            "RuntimeError: nvrtc: error: invalid value for --gpu-architecture (-arch)",
            "deps.incompatible",
        ),
        (
            "AssertionError: len(DataLoader) returns 0. Make sure your dataset is not empty",
            "data.empty",
        ),
        ("Diverged: iteration 3: negative log-likelihood is inf", "numeric.nan"),
        ("ValueError: exog contains inf or nans", "data.malformed"),
    ],
)
def test_what_it_is_stands_in_the_words_of_the_library(line: str, cause: str) -> None:
    assert of(f"{HEAD}{line}\n").cause == cause


def test_a_header_that_a_compiler_lacks_is_the_reason_why_a_build_failed() -> None:
    log = (
        "src/ctc.c:2:10: fatal error: sndfile.h: No such file or directory\n"
        "    2 | #include <sndfile.h>\n      |          ^~~~~~~~~~~\n"
        "compilation terminated.\nerror: command '/usr/bin/gcc' failed with exit code 1\n"
    )
    assert explain(log.encode(), Ending(exit_code=1)).cause == "deps.missing"


def test_a_target_that_make_cannot_make_is_the_error() -> None:
    said = "make: *** No rule to make target 'data/tokens.bin', needed by 'model.json'.  Stop."
    assert explain(f"{said}\n".encode(), Ending(exit_code=2)).headline == said


def test_a_saved_setting_is_no_good_end_below_which_an_error_may_stand() -> None:
    log = (
        "10:02:01 INFO     Saving training config to /srv/lora/model\\a.json...\n"
        "10:02:03 ERROR    No data found. Please verify the arguments\n"
        "10:02:04 INFO     Training has ended.\n"
    )
    assert of(log).headline.endswith("No data found. Please verify the arguments")


def test_a_bar_at_its_beginning_below_an_error_is_no_progress() -> None:
    bar = "  0%|          | 0/459 [00:03<?, ?it/s]\n"
    log = (
        f'Traceback (most recent call last):\n  File "fit.py", line 9, in <module>\n    run()\n'
        f"ValueError: the kestrel is asleep\n{bar}"
        "2026-09-01 12:39:54,109 sagemaker-training-toolkit ERROR    ExecuteUserScriptError:\n"
        f'ExitCode 1\nErrorMessage "ValueError: the kestrel is asleep {bar.strip()}"\n'
    )
    assert of(log).headline == "ValueError: the kestrel is asleep"


FIRST = 'Traceback (most recent call last):\n  File "C:\\w\\fit.py", line 7, in read\n    open(a)\n'
THEN = (
    'Traceback (most recent call last):\n  File "C:\\venv\\lib\\site-packages\\{}", line 1, in f\n'
)


@pytest.mark.parametrize(
    ("file", "sequel"),
    [
        (
            "gradio\\queueing.py",
            "ValueError: An event handler (fit) didn't receive enough output values",
        ),
        (
            "batchgenerators\\a.py",
            "RuntimeError: One or more background workers are no longer alive. Exiting.",
        ),
    ],
)
def test_what_only_waited_for_what_failed_is_not_the_failure(file: str, sequel: str) -> None:
    failed = f"{FIRST}ValueError: mmap length is greater than file size\n"
    explained = of(f"{failed}{THEN.format(file)}{sequel}\n")
    assert explained.headline == "ValueError: mmap length is greater than file size"
    assert explained.user_frame is not None


def test_an_actor_that_could_not_be_made_is_told_by_what_failed_in_it() -> None:
    explained = of(
        'ray.tune.error.X: Traceback (most recent call last):\n  File "tune.py", line 2, in get\n'
        "    raise value\nray.exceptions.RayActorError: The actor died because of an error "
        "raised in its creation task, ray::PPO.__init__() (pid=88110, ip=10.0.3.17, repr=PPO)\n"
        '  File "/srv/rl/heron.py", line 24, in setup\n    self.add()\n'
        "ValueError: `herons` not provided for default_policy\n"
    )
    assert explained.headline == "ValueError: `herons` not provided for default_policy"


def test_of_a_build_that_pip_shows_the_compiler_s_own_error_counts() -> None:
    explained = of(
        "Building wheels for collected packages: heron\n"
        "  error: subprocess-exited-with-error\n\n"
        "  × Building wheel for heron (pyproject.toml) did not run successfully.\n"
        "  │ exit code: 1\n  ╰─> [31 lines of output]\n      running build_ext\n"
        "      error: Microsoft Visual C++ 14.0 or greater is required.\n"
        "      [end of output]\n\n"
        "  note: This error originates from a subprocess, and is likely not a problem with pip.\n"
        "  ERROR: Failed building wheel for heron\nFailed to build heron\n"
        "ERROR: Failed to build installable wheels for some projects (heron)\n"
    )
    assert "Microsoft Visual C++ 14.0" in explained.headline


@pytest.mark.parametrize("code", [-7, -9, -11])
def test_how_deepspeed_saw_a_rank_end(code: int) -> None:
    log = "[2026-12-03 08:03:08,811] [ERROR] [launch.py:325:sigkill_handler] ['python', 'fit.py'] "
    assert of(f"{log}exits with return code = {code}\n").cause == "process.signal"


def test_a_farewell_below_an_error_is_no_good_end() -> None:
    log = (
        '  File "/opt/lib/python3.10/site-packages/heron/core.py", line 7, in scale\n    raise\n'
        "ValueError: the kestrel is asleep\n"
        "ERROR conda.cli.main_run: `conda run bash a.sh` failed.\n"
        "[2026-09-09 20:15:41] job finished, uploading logs\n[2026-09-09 20:15:42] bye\n"
    )
    assert of(log).headline == "ValueError: the kestrel is asleep"


def test_an_error_that_is_the_last_word_was_not_survived_whatever_stands_above_it() -> None:
    explained = of(
        "Skipped loading some Jax models, missing a dependency.\n"
        'Traceback (most recent call last):\n  File "/srv/a/fit.py", line 9, in fit\n    run()\n'
        "KeyError: 'edge_attr'\n"
    )
    assert explained.is_traceback
    assert explained.user_frame is not None


def test_ray_train_only_passes_on_what_failed_in_its_workers() -> None:
    explained = of(
        'Traceback (most recent call last):\n  File "/srv/a/load.py", line 3, in read\n    go()\n'
        "ValueError: the kestrel is asleep\n\nTrial a errored after 0 iterations\n"
        'Traceback (most recent call last):\n  File "/srv/a/fit.py", line 9, in <module>\n'
        "    fit()\nray.train.base_trainer.TrainingFailedError: The Ray Train run failed. "
        "Please inspect the previous error messages for a cause.\n"
    )
    assert explained.headline == "ValueError: the kestrel is asleep"


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("ValueError: There are not any lora modules in this network", "adapter.target_modules"),
        ("AssertionError: Label class 19 exceeds nc=5 in data/a.yaml", "data.malformed"),
    ],
)
def test_what_a_trainer_checks_before_it_begins(said: str, cause: str) -> None:
    assert of(f"{HEAD}{said}\n").cause == cause
