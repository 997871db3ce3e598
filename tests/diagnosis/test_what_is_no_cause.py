"""What stands beside an error, or looks like one, and is neither its cause nor its end."""

import pytest

from lastwords.diagnosis import Ending, explain

HEAD = 'Traceback (most recent call last):\n  File "/srv/a/fit.py", line 9, in main\n    run()\n'
FAILED = Ending(exit_code=1)


def cause(log: str, ending: Ending = FAILED) -> str:
    return explain(log.encode(), ending).cause


def advice(log: str) -> str:
    explanation = explain(log.encode(), FAILED)
    return "\n".join(f"{one.text} {one.command or ''}" for one in explanation.advice)


@pytest.mark.parametrize(
    "above",
    [
        "WARNING: model card not found in cache, skipping",
        "INFO label file missing for 2 images (ignored)",
        "Could not download 'x/private' model, it may be private or gated\nstep 4 loss 0.2",
    ],
)
def test_what_was_got_over_is_not_why_something_is_none(above: str) -> None:
    assert cause(f"{above}\n{HEAD}TypeError: 'NoneType' object is not callable\n") == "code.error"


def test_what_the_library_said_before_it_returned_none_is_why() -> None:
    above = "Could not load the pipeline: it is private or gated, accept its conditions first"
    log = f"{above}\n{HEAD}TypeError: 'NoneType' object is not callable\n"
    assert cause(log) == "model.gated"


@pytest.mark.parametrize(
    "log",
    [
        "Warning Evicted kubelet The node was low on resource: ephemeral-storage.\n"
        "epoch 1 loss 0.3\nepoch 2 loss 0.2\nsaved model to out.pt\n",
        "Unable to load any of {libcudnn_ops.so.9, libcudnn_ops.so}\nepoch 1 loss 0.3\n"
        "epoch 2 loss 0.2\nsaved model to out.pt\n",
        "> fit <- try(lm(y ~ x, d))\nError in eval(predvars) : object 'x' not found\n> go()\n"
        "step 1 loss 0.2\nstep 2 loss 0.1\nsaved model to fit.rds\n",
    ],
)
def test_a_training_that_went_on_is_healthy(log: str) -> None:
    assert cause(log, Ending()) == "ok"


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        ("/opt/sched.py:3: UserWarning: the order of calls matters\n  warnings.warn(said)\n", "ok"),
        ("using world size: 2, data-parallel size: 2\n  adam_beta1 ......... 0.9\n", "ok"),
        ("NAME READY STATUS RESTARTS\nfit-0 0/2 CrashLoopBackOff 8\n", "unknown"),
        ("Pod: kubeflow.fit-0 exited with code 1 today\n", "unknown"),
        ("tick\n", "unknown"),
    ],
)
def test_a_log_in_which_nothing_tells_of_a_failure_is_well_as_a_guess(
    log: str, expected: str
) -> None:
    explanation = explain(log.encode(), Ending())
    assert (explanation.cause, explanation.confidence) == (expected, "unknown")


def test_a_killed_step_that_the_script_survived_is_not_its_end() -> None:
    killed = "/x.sh: line 3: 41120 Killed                  python probe.py\n"
    assert explain(f"step 1\n{killed}".encode(), FAILED).headline == killed.strip()
    more = "WARN using the small model\nERROR data: train.jsonl has no rows\n"
    assert cause(killed + more) == "data.empty"


def test_a_runners_last_word_is_told_where_nothing_else_is() -> None:
    said = "ERROR: Job failed: exit code 7"
    assert explain(f"$ make\nstep 1\n{said}\n".encode(), FAILED).headline == said
    told = f"Failed to initialize NVML: Driver/library version mismatch\n{said}\n"
    assert explain(told.encode(), FAILED).headline.startswith("Failed to initialize NVML")


def test_classes_are_only_advised_where_nothing_but_the_head_differs() -> None:
    head = (
        "\tsize mismatch for fc.weight: copying a param with shape torch.Size([10, 64]) from "
        "checkpoint, the shape in current model is torch.Size([7, 64]).\n"
    )
    body = head.replace("fc.weight", "conv1.weight")
    error = f"{HEAD}RuntimeError: Error(s) in loading state_dict for Net:\n"
    assert "num_classes=10" in advice(error + head)
    assert "num_classes" not in advice(error + body + head)


def test_a_variable_for_a_closer_look_is_no_remedy() -> None:
    said = "Set the environment variable {} and start it again."
    remedy = said.format("ACME_ALLOW_OLD=1")
    assert "export ACME_ALLOW_OLD=1" in advice(f"{HEAD}RuntimeError: too old. {remedy}\n")
    closer = said.format("HYDRA_FULL_ERROR=1")
    assert (
        "HYDRA_FULL_ERROR"
        not in advice(f"{HEAD}RuntimeError: failed. {closer}\n").partition("Search the issues")[0]
    )


@pytest.mark.parametrize(
    ("file", "function"),
    [
        ("/root/LLaMA-Factory/src/llamafactory/train/sft/workflow.py", "run_sft"),
        ("/workspace/verl/verl/workers/actor/dp_actor.py", "update"),
        ("C:\\ai\\ComfyUI\\comfy\\sample.py", "sample"),
    ],
)
def test_a_frameworks_own_code_is_the_users_only_where_nothing_else_is(
    file: str, function: str
) -> None:
    deepest = f'  File "{file}", line 7, in {function}\n    step()\nIndexError: list is short\n'
    alone = explain(f"Traceback (most recent call last):\n{deepest}".encode(), FAILED).user_frame
    assert alone is not None and (alone.file, alone.function) == (file, function)
    below = explain(f"{HEAD}{deepest}".encode(), FAILED).user_frame
    assert below is not None and below.file == "/srv/a/fit.py"
