"""Asking a trained adapter: the answer alone on stdout, everything else on stderr."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.real import clean_environment, new_attempt
from tests.trainer.kit import PREFIX_TUNING, learn, make_llama, make_t5, pairs_database

from lastwords.config import Config
from lastwords.folders import runfolder
from lastwords.folders.runfolder import AttemptFolder
from lastwords.supervision.reconcile import reconcile
from lastwords.trainer import model as models
from lastwords.trainer import samples
from lastwords.trainer.arguments import parse

# peft 0.21 names the cache as transformers did until 5.23.
pytestmark = pytest.mark.filterwarnings("ignore:.*`past_key_values`.*:FutureWarning")


@dataclass(frozen=True)
class Trained:
    """A home with one completed training, of a model that lies beside it."""

    home: Path
    attempt: AttemptFolder
    model: Path

    @property
    def sample(self) -> dict[str, str]:
        """What samples.json says first."""
        found: list[dict[str, str]] = json.loads(
            (self.attempt.artifacts / "samples.json").read_text()
        )
        return found[0]

    def generate(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "lastwords", "generate", "--home", str(self.home), *arguments],
            input=given,
            capture_output=True,
            text=True,
            env=clean_environment(OMP_NUM_THREADS="1"),
        )


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A training of a tiny model in a run's folder, that ended as a recorder says it."""
    place = tmp_path_factory.mktemp("generate")
    model, data = make_llama(place / "llama"), pairs_database(place / "pairs.db")
    home = place / "home"
    asked: dict[str, Any] = {"kind": "training", "nonce": "abc123", "cwd": str(place)}
    attempt = new_attempt(home, ["train"], **asked, spec={"baseModel": "./llama"})
    more = ("--epochs", 4, "--learning-rate", 3e-2, "--samples", 1, "--precision", "fp32")
    learn(attempt.path, "--db-path", data, "--base-model", model, *more)
    finished(attempt, 0)
    reconcile(Config(home=home))
    return Trained(home, attempt, model)


def finished(attempt: AttemptFolder, code: int) -> None:
    """Say that an attempt ended with this exit code."""
    moment = "2026-01-01T00:00:00.000Z"
    fact = {"exitCode": code, "startedAt": moment, "finishedAt": moment, "logBytes": 0}
    attempt.log.touch()
    runfolder.write_once(attempt.result, fact)


@pytest.fixture
def moved_away(trained: Trained, tmp_path: Path) -> Iterator[Any]:
    """Takes a file or folder away until the test has ended."""
    moved: list[tuple[Path, Path]] = []

    def move(path: Path) -> None:
        moved.append((path, tmp_path / path.name))
        shutil.move(*moved[-1])

    yield move
    for here, there in moved:
        shutil.move(there, here)


def test_it_prints_what_the_adapter_says_and_nothing_else(trained: Trained) -> None:
    sample = trained.sample
    tokens = ("--max-new-tokens", "4")
    (trained.model.parent / "torch.py").write_text("raise SystemExit('run from a folder of data')")
    done = trained.generate("latest", "-", *tokens, given=sample["prompt"] + "\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() and sample["after"].startswith(done.stdout.removesuffix("\n"))
    assert not sample["before"].startswith(done.stdout.removesuffix("\n"))
    assert f"base model {trained.model}: a local folder" in done.stderr


def test_a_run_without_an_adapter_says_what_has_one(trained: Trained) -> None:
    command = new_attempt(trained.home, ["true"])
    failed = new_attempt(trained.home, ["train"], kind="training")
    finished(command, 0)
    finished(failed, 3)
    reconcile(Config(home=trained.home))
    said = trained.generate(command.run_id, "hello")
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.startswith(f"lastwords: {command.run_id} is a recorded command")
    said = trained.generate(failed.run_id, "hello")
    assert said.stderr == (
        f"lastwords: {failed.run_id} is failed and has no adapter: "
        "see lastwords ls --status completed\n"
    )


def test_an_adapter_that_is_gone_is_named(trained: Trained, moved_away: Any) -> None:
    moved_away(trained.attempt.artifacts / "adapter_model.safetensors")
    done = trained.generate(trained.attempt.run_id, "hello")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{trained.attempt.artifacts} has no adapter_model.safetensors" in done.stderr


def test_a_base_model_that_is_gone_is_named(trained: Trained, moved_away: Any) -> None:
    moved_away(trained.model)
    done = trained.generate(trained.attempt.run_id, "hello")
    assert done.returncode == 1
    assert done.stderr == f"lastwords: base model {trained.model}: no such folder\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("latest", " "), "the prompt is empty"),
        (("latest", "hi", "--url", "http://127.0.0.1:1"), "run it on the server's machine"),
        (("run_19", "hi"), "no run matches 'run_19'"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    trained: Trained, arguments: tuple[str, ...], words: str
) -> None:
    done = trained.generate(*arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert words in done.stderr


@pytest.mark.parametrize("method", ["lora", "prompt-tuning", PREFIX_TUNING, "ia3"])
@pytest.mark.parametrize("make", [make_llama, make_t5])
def test_several_are_answered_as_each_is_alone(make: Any, method: str, tmp_path: Path) -> None:
    folder, encodes = make(tmp_path), make is make_t5
    base = models.load_model(folder, encodes, models.choose_precision("fp32"))
    asked = parse(["--db-path=x", "--output-dir=x", "--run-directory=x", f"--method={method}"])
    found = models.wrap(base, asked, encodes)
    torch.manual_seed(1)
    for weight in found.parameters():
        if encodes or weight.requires_grad:
            torch.nn.init.normal_(weight, std=0.3)
    tokenizer = models.load_tokenizer(folder)
    prompts = [list(range(40, 70)), [50, 51, 52], [60]]
    together = samples.generate(found, tokenizer, prompts, 12)
    assert together == [samples.generate(found, tokenizer, [one], 12)[0] for one in prompts]
    assert len(set(together)) == 3
