"""A checkpoint is whole or not there."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lastwords.trainer.checkpoints import (
    KEEP,
    Checkpoint,
    CheckpointMismatch,
    Checkpoints,
    check_recipe,
    last_whole,
    read,
)

RECIPE = {"seed": 1, "epochs": 3}


def save(vault: Checkpoints, step: int, weights: bytes = b"weights") -> None:
    """Save a checkpoint of one file."""
    with vault.saving(step) as desk:
        draft = desk / f"checkpoint-{step}"
        draft.mkdir()
        (draft / "weights").write_bytes(weights)


def found(place: Path) -> Checkpoint:
    """The last whole checkpoint, which must be there."""
    checkpoint = last_whole(place)
    assert checkpoint is not None
    return checkpoint


def test_the_last_whole_checkpoint_is_found_from_any_of_its_folders(tmp_path: Path) -> None:
    vault = Checkpoints(tmp_path / "checkpoints", RECIPE)
    for step in (9, 10):
        save(vault, step)
    newest = tmp_path / "checkpoints" / "checkpoint-10"
    for place in (tmp_path, tmp_path / "checkpoints", newest):
        assert found(place) == Checkpoint(newest, 10, RECIPE)


def test_only_the_newest_of_a_training_are_kept_and_another_s_stay(tmp_path: Path) -> None:
    save(Checkpoints(tmp_path, RECIPE), 99)
    vault = Checkpoints(tmp_path, RECIPE)
    for step in range(1, 6):
        save(vault, step)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"checkpoint-99", *(f"checkpoint-{step}" for step in range(6 - KEEP, 6))}


def test_a_step_saved_again_replaces_the_earlier_one(tmp_path: Path) -> None:
    for weights in (b"old", b"new"):
        save(Checkpoints(tmp_path, RECIPE), 5, weights)
    assert (found(tmp_path).folder / "weights").read_bytes() == b"new"


def test_a_block_that_raises_leaves_no_checkpoint(tmp_path: Path) -> None:
    vault = Checkpoints(tmp_path, RECIPE)
    save(vault, 1)
    with pytest.raises(OSError, match="full"), vault.saving(2) as desk:
        (desk / "checkpoint-2").mkdir()
        raise OSError("disk full")
    assert found(tmp_path).step == 1


@pytest.mark.parametrize("damage", ["cut", "changed", "removed", "unsealed", "garbled seal"])
def test_a_damaged_checkpoint_is_passed_over(tmp_path: Path, damage: str) -> None:
    vault = Checkpoints(tmp_path, RECIPE)
    save(vault, 1)
    save(vault, 2)
    weights, seal = tmp_path / "checkpoint-2" / "weights", tmp_path / "checkpoint-2" / "whole.json"
    match damage:
        case "cut":
            os.truncate(weights, 3)
        case "changed":
            weights.write_bytes(b"Weights")
        case "removed":
            weights.unlink()
        case "unsealed":
            seal.unlink()
        case _:
            seal.write_text("[1, 2]")
    assert found(tmp_path).step == 1


def test_a_missing_folder_is_an_error_and_an_empty_one_is_none(tmp_path: Path) -> None:
    assert last_whole(tmp_path) is None
    with pytest.raises(FileNotFoundError, match="cannot resume: .*/gone is not a folder"):
        last_whole(tmp_path / "gone")


def test_another_recipe_is_refused_naming_the_difference(tmp_path: Path) -> None:
    save(Checkpoints(tmp_path, RECIPE), 1)
    assert check_recipe(found(tmp_path), RECIPE)
    with pytest.raises(CheckpointMismatch, match="of another training: epochs was 3 and is 5"):
        check_recipe(found(tmp_path), {**RECIPE, "epochs": 5})


def test_other_data_is_no_other_training_but_is_told_apart(tmp_path: Path) -> None:
    save(Checkpoints(tmp_path, {**RECIPE, "data_sha256": "a"}), 1)
    assert check_recipe(found(tmp_path), {**RECIPE, "data_sha256": "a"})
    assert not check_recipe(found(tmp_path), {**RECIPE, "data_sha256": "b"})


KILLED_WHILE_SAVING = """
import os, signal, sys
from pathlib import Path
from lastwords.trainer import checkpoints

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

vault = checkpoints.Checkpoints(Path(sys.argv[1]), {})
for step in (1, 2):
    if step == 2 and sys.argv[2] != "block":
        setattr(*{"seal": (checkpoints, "_seal"), "rename": (Path, "rename")}[sys.argv[2]], die)
    with vault.saving(step) as desk:
        (desk / f"checkpoint-{step}").mkdir()
        (desk / f"checkpoint-{step}" / "weights").write_bytes(b"x" * 100_000)
        if step == 2 and sys.argv[2] == "block":
            die()
"""


@pytest.mark.parametrize("moment", ["block", "seal", "rename"])
def test_kill_9_while_saving_leaves_the_previous_one_whole(tmp_path: Path, moment: str) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_WHILE_SAVING, str(tmp_path), moment], check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert found(tmp_path).step == 1
    assert read(tmp_path / "checkpoint-2") is None
    save(Checkpoints(tmp_path, RECIPE), 3)  # and the remains are in nobody's way
    assert found(tmp_path).step == 3
