"""What a fix changes: the arithmetic of a step, and only what there really is to change."""

from __future__ import annotations

import shlex
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastwords import spec as specs
from lastwords.records import CAUSES
from lastwords.repairing import commands, trainings
from lastwords.repairing.fix import Fix, divided, lower
from lastwords.store.parameters import options_of

DATA = {"dataFile": "data.jsonl"}
BATCHES = st.integers(1, 4096)
HF = ["python", "train.py", "--per_device_train_batch_size"]


def _spec(**asked: Any) -> dict[str, Any]:
    return specs.complete(asked, DATA)


def _only(fixes: list[Fix], name: str) -> Fix:
    (found,) = [fix for fix in fixes if fix.name == name]
    return found


# --- the arithmetic ------------------------------------------------------------------------------


@given(BATCHES, st.integers(1, 64))
def test_a_smaller_batch_makes_the_same_step(batch: int, parts: int) -> None:
    found = divided(batch, parts)
    if batch == 1:
        assert found is None
        return
    assert found is not None
    assert found[0] * found[1] == batch * parts
    assert 1 <= found[0] <= batch / 2


@given(BATCHES)
def test_halving_ends_with_one_example_and_the_same_step(batch: int) -> None:
    now = (batch, 1)
    while (smaller := divided(*now)) is not None:
        now = smaller
    assert now == (1, batch)


@given(batch=BATCHES, parts=st.integers(1, 4096))
def test_a_trainings_fix_keeps_its_step_in_the_trainers_own_flags(batch: int, parts: int) -> None:
    before = _spec(batchSize=batch, accumulation=parts)
    found = trainings.fixes("memory.gpu_oom", before, "train")
    for fix in [each for each in found if each.name == "smaller-batch"]:
        after = specs.changed(before, fix.changes)  # which the limits of the fields allow
        flags = [_flags(each) for each in (before, after)]
        assert flags[0]["--batch-size"] == flags[1]["--batch-size"]
        assert int(flags[1].get("--accumulation", "1")) > parts
        assert trainings.goes_on(before, after)


def _flags(spec: dict[str, Any]) -> dict[str, str]:
    return dict(flag.split("=", 1) for flag in specs.trainer_arguments(spec))


@given(batch=st.integers(2, 4096), parts=st.integers(1, 64), joined=st.booleans())
def test_a_commands_fix_keeps_its_step(batch: int, parts: int, joined: bool) -> None:
    options = {"--per_device_train_batch_size": batch, "--gradient_accumulation_steps": parts}
    words = [
        word
        for name, value in options.items()
        for word in ([f"{name}={value}"] if joined else [name, str(value)])
    ]
    fix = _only(commands.fixes("memory.gpu_oom", ["python", "t.py", *words]), "smaller-batch")
    assert fix.command is not None and fix.keeps == "the optimiser step"
    assert len(fix.command) == len(words) + 2
    found = options_of(fix.command)
    size, times = (int(str(option.value)) for option in found)
    assert size * times == batch * parts and size <= batch / 2


@given(st.floats(1e-9, 10))
def test_a_lower_rate_is_a_tenth_and_has_no_digits_of_binary_fractions(rate: float) -> None:
    assert lower(rate) == pytest.approx(rate / 10, rel=1e-5)
    assert len(f"{lower(rate)!r}") <= 12


# --- trainings -----------------------------------------------------------------------------------


def test_the_fixes_of_a_cause_come_mildest_first() -> None:
    spec = _spec(batchSize=8, precision="fp32")
    names = [fix.name for fix in trainings.fixes("memory.gpu_oom", spec, "train")]
    assert names == ["smaller-batch", "bf16", "shorter-sequences"]


def test_a_fix_says_what_it_changes_and_what_it_keeps() -> None:
    fix = trainings.fixes("memory.gpu_oom", _spec(batchSize=8), "train")[0]
    assert fix.changes == {"batchSize": 4, "accumulation": 2}
    assert fix.before == {"batchSize": 8, "accumulation": 1}
    assert fix.label == "batch size 8 → 4, accumulation 1 → 2"
    assert fix.keeps == "the optimiser step" and fix.effect is None


def test_what_changes_the_result_says_how() -> None:
    for cause in ("memory.gpu_oom", "numeric.nan"):
        for fix in trainings.fixes(cause, _spec(precision="fp32"), "train"):
            assert bool(fix.keeps) != bool(fix.effect), fix


def test_a_batch_is_not_halved_before_there_was_one() -> None:
    fixes = trainings.fixes("memory.host_oom", _spec(batchSize=8), "load_model")
    assert fixes == []


def test_a_spec_from_before_there_was_accumulation_can_be_mended() -> None:
    old = {name: value for name, value in _spec(batchSize=8).items() if name != "accumulation"}
    assert trainings.fixes("memory.gpu_oom", old, "train")[0].changes["accumulation"] == 2


def test_more_time_is_only_given_where_time_was_limited() -> None:
    assert trainings.fixes("process.timeout", _spec(), "train") == []
    (fix,) = trainings.fixes("process.timeout", _spec(timeLimitSeconds=60), "train")
    assert fix.changes == {"timeLimitSeconds": 120} and fix.keeps == "the result"


@pytest.mark.parametrize("cause", CAUSES)
def test_errors_of_the_code_the_data_or_the_packages_have_no_fix(cause: str) -> None:
    spec = _spec(batchSize=8, timeLimitSeconds=60)
    command = [*HF, "8", "--lr", "1e-3", "--fp16", "--num_workers", "4", "--max_length", "512"]
    fixes = trainings.fixes(cause, spec, "train") + commands.fixes(cause, command)
    if cause == "code.error" or cause.split(".")[0] in ("data", "deps"):
        assert fixes == []
    assert len({fix.label for fix in fixes}) == len(fixes)


def test_another_learning_rate_begins_the_training_anew() -> None:
    before = _spec(batchSize=8)
    assert not trainings.goes_on(before, _spec(batchSize=8, learningRate=5e-6))
    assert not trainings.goes_on(before, _spec(batchSize=4))
    assert trainings.goes_on(before, _spec(batchSize=8, timeLimitSeconds=60, precision="fp32"))


# --- recorded commands ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cause", "command", "fixed", "keeps"),
    [
        (
            "memory.gpu_oom",
            "python t.py --per_device_train_batch_size 8",
            "python t.py --per_device_train_batch_size 4 --gradient_accumulation_steps 2",
            "the optimiser step",
        ),
        (
            "memory.gpu_oom",
            "accelerate launch t.py --batch_size=8 --grad_accum=3",
            "accelerate launch t.py --batch_size=4 --grad_accum=6",
            "the optimiser step",
        ),
        (
            "memory.gpu_oom",
            "python t.py data.batch_size=6 trainer.accumulate_grad_batches=1",
            "python t.py data.batch_size=3 trainer.accumulate_grad_batches=2",
            "the optimiser step",
        ),
        (
            "memory.host_oom",
            "python -m lastwords.trainer --batch-size 8 --data-file a.jsonl",
            "python -m lastwords.trainer --batch-size 8 --data-file a.jsonl --accumulation 2",
            "the optimiser step",
        ),
        ("memory.gpu_oom", "python t.py --batch-size 8 8", "python t.py --batch-size 4 8", None),
        ("numeric.nan", "python t.py --lr 2e-3", "python t.py --lr 0.0002", None),
        ("numeric.nan", "python t.py optim.lr=1e-4", "python t.py optim.lr=1e-05", None),
        ("numeric.nan", "python t.py --fp16", "python t.py --bf16", None),
        ("numeric.nan", "python t.py --fp16 True", "python t.py --bf16 True", None),
        (
            "numeric.nan",
            "python t.py --precision 16-mixed",
            "python t.py --precision bf16-mixed",
            None,
        ),
        (
            "memory.shm",
            "python t.py --dataloader_num_workers=4",
            "python t.py --dataloader_num_workers=0",
            "the result",
        ),
    ],
)
def test_a_command_gets_other_values_for_options_that_it_has(
    cause: str, command: str, fixed: str, keeps: str | None
) -> None:
    fix = commands.fixes(cause, command.split())[0]
    assert fix.command == tuple(fixed.split())
    assert fix.keeps == keeps and bool(fix.effect) == (keeps is None)


@pytest.mark.parametrize(
    "command",
    [
        "python t.py",
        "python t.py --batch_size",
        "python t.py --batch_size auto",
        "python t.py --batch_size 1",
        "python t.py --batch_size 8.5",
        "python t.py --no-batch 8",
        "sh -c 'python t.py --batch_size 8'",
    ],
)
def test_nothing_is_made_up_for_a_command_without_such_an_option(command: str) -> None:
    assert commands.fixes("memory.gpu_oom", shlex.split(command)) == []


def test_the_last_of_several_is_the_one_that_counts() -> None:
    fix = commands.fixes("numeric.nan", ["t", "--lr", "1", "--lr", "0.5"])[0]
    assert fix.command == ("t", "--lr", "1", "--lr", "0.05")
