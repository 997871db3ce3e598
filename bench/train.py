"""The trainer against the reference recipe and against a torch loop written by hand.

All three learn the same of the demo's real examples with the bundled model, in as many steps of as
many examples, each in a process of its own; ours is the product's, as a run starts it. Counted are
examples for a second between the end of the first steps and the end of the last one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from statistics import median

from bench import recipe as common
from bench.figure import Figure, NotMeasured
from bench.recipe import Recipe
from lastwords.demo import build
from lastwords.trainer import checks

WARM = 2  # steps that are not counted
AGAINST_REFERENCE, AGAINST_LOOP = 20, 48  # examples; a step of the reference takes seconds
RUNS = 5  # of each, and each goes first in turn
UNSEEN = 48  # examples that the loss is compared on, none of which was learnt
TRAINER = "--epochs 1 --samples 0 --schedule linear --warmup-ratio 0 --max-grad-norm 1".split()


@dataclass(frozen=True)
class Trained:
    """One training: its examples for a second, its peak of memory, and where its adapter is."""

    rate: float
    peak_bytes: int
    adapter: Path


def train_reference(place: Path) -> Figure:
    """Examples for a second, against transformers' Trainer on rows padded to 768 tokens."""
    ours, rival = _beside_reference(place)
    rate = median(each.rate for each in ours)
    return Figure(rate, rival.rate, 15.0, "examples/s", _NAME, len(ours), "higher")


def train_loss(place: Path) -> Figure:
    """What both say of unseen examples then, in float32; 2 % are for the order of the rows."""
    ours, rival = _beside_reference(place)
    recipe = _recipe(place, UNSEEN, "unseen")
    script = ["bench.held_out_loss", common.as_argument(recipe), str(AGAINST_REFERENCE)]
    said = _run([*script, str(ours[0].adapter), str(rival.adapter)], _waiting()).stdout
    value, other = json.loads(said.splitlines()[-1])
    return Figure(value, other, 1.02, "loss on unseen examples", _NAME, 1)


def train_memory(place: Path) -> Figure:
    """The most memory that either process held."""
    ours, rival = _beside_reference(place)
    value = median(each.peak_bytes for each in ours)
    return Figure(value / 2**20, rival.peak_bytes / 2**20, 1.0, "MiB", _NAME, len(ours))


def train_loop(place: Path) -> Figure:
    """Examples for a second, against the best loop for this model that we could write by hand."""
    recipe = _recipe(place, AGAINST_LOOP, "loop")
    pairs = [_pair(recipe, ours_first=number % 2 == 0) for number in range(RUNS)]
    value, other = (median(pair[side].rate for pair in pairs) for side in (0, 1))
    return Figure(value, other, 0.91, "examples/s", "a loop for one model", RUNS, "higher")


def _pair(recipe: Recipe, *, ours_first: bool) -> tuple[Trained, Trained]:
    """Ours and the loop, one after the other."""
    if ours_first:
        ours = _ours(recipe)
        return ours, _script("bench.torch_loop", recipe)
    loop = _script("bench.torch_loop", recipe)
    return _ours(recipe), loop


_NAME = "transformers' Trainer, float32, padded to 768 tokens"
_measured: dict[Path, tuple[list[Trained], Trained]] = {}


def _beside_reference(place: Path) -> tuple[list[Trained], Trained]:
    """Ours before and after the reference; measured once for the three figures made of it."""
    if place not in _measured:
        first, reference, last = (
            _recipe(place, AGAINST_REFERENCE, name) for name in ("first", "reference", "last")
        )
        ours = [_ours(first)]
        rival = _script("bench.reference_recipe", reference)
        _measured[place] = [*ours, _ours(last)], rival
    return _measured[place]


def _recipe(place: Path, examples: int, name: str) -> Recipe:
    try:
        found = build.prepare(place, lambda line: None)
    except build.DemoError as error:
        raise NotMeasured(str(error)) from error
    return Recipe(str(found.db), str(found.model), examples, str(place / "train" / name))


def _ours(recipe: Recipe) -> Trained:
    """The product's own process, its steps read from the events that it writes anyway."""
    folder = Path(recipe.output)
    folder.mkdir(parents=True, exist_ok=True)
    events = folder / "events.jsonl"
    events.unlink(missing_ok=True)
    options = {
        "--db-path": recipe.db,
        "--base-model": recipe.model,
        "--output-dir": folder / "artifacts",
        "--run-directory": folder,
        "--max-samples": recipe.examples,
        "--batch-size": common.BATCH,
        "--learning-rate": common.LEARNING_RATE,
        "--source-max-tokens": common.MOST_TOKENS,
        "--target-max-tokens": common.MOST_TOKENS,
        "--seed": common.SEED,
    }
    words = [str(word) for pair in options.items() for word in pair]
    told = {"LASTWORDS_EVENTS": str(events)}
    ended = _run(["lastwords.trainer", *words, *TRAINER], told | _waiting())
    facts = [json.loads(line) for line in events.read_text(encoding="utf-8").splitlines()]
    moments = [
        datetime.fromisoformat(fact["time"]).timestamp()
        for fact in facts
        if fact["event"] == "metric"
    ]
    return Trained(_rate(moments, recipe), ended.peak_bytes, folder / "artifacts")


def _script(module: str, recipe: Recipe) -> Trained:
    ended = _run([module, common.as_argument(recipe)], _waiting())
    moments = json.loads(ended.stdout.splitlines()[-1])
    return Trained(_rate(moments, recipe), ended.peak_bytes, Path(recipe.output))


@cache
def _waiting() -> dict[str, str]:
    """How threads wait, chosen once as the trainer chooses, so that all trainings wait alike."""
    return {"GOMP_SPINCOUNT": str(checks.spins()[0])}


def _rate(moments: Sequence[float], recipe: Recipe) -> float:
    if len(moments) != recipe.steps:
        raise RuntimeError(f"{len(moments)} steps were told of, not {recipe.steps}")
    return (recipe.steps - WARM) * common.BATCH / (moments[-1] - moments[WARM - 1])


@dataclass(frozen=True)
class _Ended:
    stdout: str
    peak_bytes: int


def _run(arguments: Sequence[str], more: dict[str, str]) -> _Ended:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("LASTWORDS_")}
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        env=environment | more,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    out, said = process.stdout, process.stderr
    assert out is not None and said is not None
    with out, said:
        text = out.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"{arguments[0]} ended with {process.returncode}:\n{said.read()}")
    return _Ended(text, usage.ru_maxrss * 1024)
