"""Checkpoints that are whole or not there.

A checkpoint is written into a hidden folder beside its place, sealed with a list of its files and
their hashes, flushed to disk, and only then renamed. A kill at any time leaves the last one whole.
Covered: kill -9 while saving; truncated or altered files are noticed before anything is loaded.
Not covered: whoever may write the folder may also write a seal that fits.
"""

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

SEAL = "whole.json"
PREFIX = "checkpoint-"
UNFINISHED = ".unfinished"
KEEP = 2
DATA = "data_sha256"  # the only part of a recipe that may change without anybody asking for it


class CheckpointMismatch(Exception):
    """The checkpoint belongs to another training."""


@dataclass(frozen=True)
class Checkpoint:
    """A whole checkpoint, and the recipe of the training that made it."""

    folder: Path
    step: int
    recipe: Mapping[str, object]


class Checkpoints:
    """The checkpoints of one training."""

    def __init__(self, folder: Path, recipe: Mapping[str, object]) -> None:
        self.folder = folder
        self._recipe = recipe
        self._saved: list[Path] = []
        self._best: Path | None = None

    @contextlib.contextmanager
    def saving(self, step: int) -> Iterator[Path]:
        """Give an empty folder whose checkpoint-STEP becomes a checkpoint when the block ends."""
        desk = self.folder / UNFINISHED
        shutil.rmtree(desk, ignore_errors=True)
        desk.mkdir(parents=True)
        yield desk
        draft = desk / f"{PREFIX}{step}"
        _seal(draft, step, self._recipe)
        self._publish(draft, self.folder / draft.name)
        shutil.rmtree(desk)
        self._forget_oldest()

    def _publish(self, draft: Path, place: Path) -> None:
        if place.exists():  # an earlier training in the same folder got as far
            place.rename(draft.parent / "replaced")
        draft.rename(place)
        sync_folder(self.folder)
        self._saved = [*(path for path in self._saved if path != place), place]

    def _forget_oldest(self) -> None:
        """Remove what this training saved and no longer needs; never another's."""
        while len(self._saved) > KEEP:
            oldest = self._saved.pop(0)
            if oldest != self._best:
                self._forget(oldest)

    def keep_best(self, step: int) -> None:
        """Keep this checkpoint, however many follow, in place of the one that was best before."""
        former, self._best = self._best, self.folder / f"{PREFIX}{step}"
        if former is not None and former not in (self._best, *self._saved):
            self._forget(former)

    def _forget(self, checkpoint: Path) -> None:
        """Take it from its place before it is deleted: a kill leaves no half of it there."""
        desk = self.folder / UNFINISHED
        desk.mkdir(exist_ok=True)
        with contextlib.suppress(OSError):
            checkpoint.rename(desk / checkpoint.name)
        shutil.rmtree(desk, ignore_errors=True)


def last_whole(place: Path) -> Checkpoint | None:
    """The whole checkpoint with the most steps: `place` itself, in it, or in its checkpoints/.

    Raises: FileNotFoundError, if there is no such folder.
    """
    if not place.is_dir():
        raise FileNotFoundError(f"cannot resume: {place} is not a folder")
    folders = [place, *place.glob(f"{PREFIX}*"), *place.glob(f"checkpoints/{PREFIX}*")]
    whole = [found for folder in folders if (found := read(folder)) is not None]
    return max(whole, key=lambda checkpoint: checkpoint.step, default=None)


def read(folder: Path) -> Checkpoint | None:
    """The checkpoint in this folder, or None if it is none or not whole."""
    try:
        seal = json.loads((folder / SEAL).read_bytes())
        for name, expected in seal["files"].items():
            if _digest(folder / name) != expected:
                return None
        return Checkpoint(folder.resolve(), int(seal["step"]), dict(seal["recipe"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def check_recipe(checkpoint: Checkpoint, recipe: Mapping[str, object]) -> bool:
    """Whether the data is still the checkpoint's; a living database gains rows between attempts.

    Raises: CheckpointMismatch, naming each value that was asked for otherwise.
    """
    differences = [
        f"{name} was {checkpoint.recipe.get(name)!r} and is {value!r}"
        for name, value in recipe.items()
        if checkpoint.recipe.get(name) != value and name != DATA
    ]
    if differences:
        raise CheckpointMismatch(
            f"{checkpoint.folder} is of another training: {'; '.join(differences)}."
            " Start without --resume-from, or with the same values"
        )
    return checkpoint.recipe.get(DATA) == recipe.get(DATA)


def _seal(folder: Path, step: int, recipe: Mapping[str, object]) -> None:
    files = {path.name: _digest(path) for path in sorted(folder.iterdir())}
    seal = {"step": step, "recipe": dict(recipe), "files": files}
    (folder / SEAL).write_text(json.dumps(seal, indent=1) + "\n")
    for path in folder.iterdir():
        sync_file(path)
    sync_folder(folder)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync_file(path: Path) -> None:
    """Wait until the file's bytes are on disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Wait until the folder's names are on disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
