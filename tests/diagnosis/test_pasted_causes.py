"""Causes and advice of what people paste: an exception's own lines, often nothing else."""

from __future__ import annotations

import pytest

from lastwords.diagnosis import Ending, Explanation, explain

CALLED = (
    "subprocess.CalledProcessError: Command '['python', 'train_network.py', '--dataset_config=no"
)


def said(log: str) -> Explanation:
    return explain(f"{log}\n".encode(), Ending(exit_code=1))


def advice_on(log: str) -> str:
    return "\n".join(f"{one.text} {one.command or ''}" for one in said(log).advice)


@pytest.mark.parametrize(
    ("message", "older"),
    [
        (
            "AttributeError: type object 'Trainer' has no attribute 'from_argparse_args'",
            "lightning",
        ),
        ("TypeError: Trainer.__init__() got an unexpected keyword argument 'gpus'", "lightning"),
        ("NotImplementedError: Support for `training_epoch_end` has been removed", "lightning"),
        ("AttributeError: 'DataFrame' object has no attribute 'iteritems'", "pandas<2"),
        ("AttributeError: 'Series' object has no attribute 'ix'", "pandas<1"),
        ("AttributeError: module 'PIL.Image' has no attribute 'ANTIALIAS'", "pillow<10"),
        ("AttributeError: module 'tensorflow' has no attribute 'placeholder'", "tensorflow<2"),
        ("ModuleNotFoundError: No module named 'tensorflow.contrib'", "tensorflow<2"),
        ("AttributeError: 'Sequential' object has no attribute 'fit_generator'", "tensorflow<2.6"),
        ("ModuleNotFoundError: No module named 'torch._six'", "torch<2"),
        ("AttributeError: 'super' object has no attribute '__sklearn_tags__'", "scikit-learn<1.6"),
        ("AttributeError: module 'jax.random' has no attribute 'KeyArray'", "jax<0.4.24"),
        (
            "AttributeError: 'DynamicCache' object has no attribute 'seen_tokens'",
            "transformers<4.54",
        ),
    ],
)
def test_a_name_that_a_release_took_away_is_told_with_the_release_before(
    message: str, older: str
) -> None:
    assert said(message).cause == "deps.incompatible"
    assert older in advice_on(message)


@pytest.mark.parametrize(
    "message",
    [
        "AttributeError: 'Trainer' object has no attribute 'tide_interval'",
        "AttributeError: 'dict' object has no attribute 'tides'",
        "AssertionError: the reef needs a tide",
        "ValueError: not enough values to unpack (expected 3, got 2)",
        "RuntimeError: numel: integer multiplication overflow",
        "TypeError: swim() takes 0 positional arguments but 1 was given",
        "acme.GadgetError: the gadget span backwards",
    ],
)
def test_an_exception_that_no_rule_knows_is_a_bug_also_without_its_stack(message: str) -> None:
    found = said(message)
    assert (found.cause, found.confidence) == ("code.error", "unknown")


@pytest.mark.parametrize(
    "log",
    [
        f"{CALLED}', '--data=none']' returned non-zero exit status 1.",
        "subprocess.CalledProcessError: Command 'python fit.py --rows none' returned non-zero exit "
        "status 2.",
    ],
)
def test_the_words_of_a_launcher_s_exception_are_no_evidence(log: str) -> None:
    assert said(log).cause == "unknown"


@pytest.mark.parametrize(
    "message",
    [
        "ImportError: This file requires the following packages that were not found in your "
        "environment: tide_attn. Run `pip install tide_attn`",
        "ImportError: No tide_attn / tide_attn is nowhere to be found",
        "ImportError: tide_attn is not available, some layers need it",
    ],
)
def test_the_package_that_an_import_asks_for_is_the_one_to_install(message: str) -> None:
    assert said(message).cause == "deps.missing"
    assert "pip install tide_attn" in advice_on(message).replace("tide-attn", "tide_attn")
    assert "pip install were" not in advice_on(message)


def test_a_mean_loss_in_a_bar_that_is_no_number_is_told() -> None:
    bar = "steps:  {}%|██  | {}/3300 [21:33<2:20:06,  2.94s/it, avr_loss=nan]"
    log = "\n".join(bar.format(step // 33, step) for step in (440, 660, 880))
    assert explain(log.encode(), Ending()).cause == "numeric.nan"


def test_an_object_that_is_none_is_no_wrong_setting_whatever_its_attribute_is_called() -> None:
    log = (
        'Traceback (most recent call last):\n  File "/srv/reef/train.py", line 9, in <module>\n'
        "    options = model.reef_config[name]\n"
        "AttributeError: 'NoneType' object has no attribute 'reef_config'"
    )
    assert said(log).cause == "code.error"


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        (
            "RuntimeError: world_size (6) must be divisible by tensor_parallel_size (4)",
            "config.invalid",
        ),
        (
            "RuntimeError: Assertion failed: mpiSize == tp * pp (worldConfig.cpp:89)",
            "config.invalid",
        ),
        ("ValueError: Optimizer tidewise is not registered.", "config.invalid"),
        ("ValueError: remaining_argv: ['--tide', '3']", "config.invalid"),
        ("RuntimeError: write(): fd 29 failed with Input/output error", "disk.full"),
        (
            "RuntimeError: CUDA error (third_party/fwd_template.h:188): invalid argument",
            "gpu.fault",
        ),
        ("jaxlib.XlaRuntimeError: INTERNAL: cuSolver internal error", "gpu.fault"),
        ("/op/cross_entropy.cu:40 Assertion `label[i] < D` failed.", "gpu.fault"),
        ("numba.CudaRuntimeAPIError: [35] results in cudaErrorUnknown.", "gpu.unavailable"),
        ("RuntimeError: Library cublas64_11.dll is not found or cannot be loaded", "deps.missing"),
        (
            "InvalidArgumentError: Cannot batch tensors with different shapes in component 0. "
            "First element had shape [40,50,3] and element 1 had shape [36,34,3].",
            "data.malformed",
        ),
    ],
)
def test_what_proves_a_cause_is_found_in_the_message_alone(message: str, cause: str) -> None:
    assert said(message).cause == cause
