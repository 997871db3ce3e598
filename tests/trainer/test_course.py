"""What a training does besides learning: validates, stops early, divides its batches, shows."""

import json
import math
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tests.trainer.kit import (
    EVERY_LLAMA_LINEAR,
    Ended,
    learn,
    make_llama,
    pairs_database,
    read_events,
    run,
    start,
)

from lastwords.trainer.reporting import STAGES
from lastwords.trainer.train import pace


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny model and thirty pairs."""
    folder = tmp_path_factory.mktemp("course")
    make_llama(folder / "llama")
    pairs_database(folder / "pairs.db", 30)
    return folder


def options(place: Path, *more: object) -> tuple[object, ...]:
    """A short training in float32 without dropout."""
    model = ("--base-model", place / "llama", "--lora-targets", EVERY_LLAMA_LINEAR)
    exact = ("--precision", "fp32", "--lora-dropout", 0, "--source-max-tokens", 64)
    return ("--db-path", place / "pairs.db", *model, *exact, "--learning-rate", 1e-2, *more)


@pytest.fixture(scope="module")
def plain(place: Path) -> Ended:
    """Two epochs, undivided."""
    return learn(place / "plain", *options(place, "--epochs", 2))


def test_the_schedules_are_those_of_transformers() -> None:
    linear = [pace(step, 10, 2, "linear") for step in range(10)]
    assert linear == pytest.approx([0, 0.5, 1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125])
    assert pace(0, 10, 0, "linear") == 1
    assert pace(5, 10, 0, "cosine") == pytest.approx(0.5)
    assert {pace(step, 10, 0, "constant") for step in range(10)} == {1.0}


def test_what_is_kept_back_chooses_the_epoch_and_ends_the_training(place: Path) -> None:
    asked = ("--epochs", 40, "--validation-fraction", 0.2, "--early-stopping-patience", 2)
    found = learn(place / "early", *options(place, *asked, "--learning-rate", 0.1)).metadata
    validation = found["validation_losses"]
    assert found["best_epoch"] == validation.index(min(validation)) + 1
    assert len(validation) == found["best_epoch"] + 2 < 40
    names = {path.name for path in (place / "early" / "checkpoints").iterdir()}
    assert f"checkpoint-{found['best_epoch'] * 3}" in names


@pytest.mark.parametrize("parts", [3, 8])
def test_a_divided_batch_learns_the_same(place: Path, plain: Ended, parts: int) -> None:
    ended = learn(place / f"parts-{parts}", *options(place, "--epochs", 2, "--accumulation", parts))
    expected = plain.metadata["epoch_losses"]
    assert ended.metadata["epoch_losses"] == pytest.approx(expected, abs=1e-5)


def test_samples_and_a_card_lie_beside_the_adapter(plain: Ended) -> None:
    samples = json.loads((plain.folder / "artifacts" / "samples.json").read_text())
    assert len(samples) == 3
    assert all(sample.keys() == {"prompt", "expected", "before", "after"} for sample in samples)
    assert any(sample["before"] != sample["after"] for sample in samples)
    card = (plain.folder / "artifacts" / "README.md").read_text()
    assert plain.metadata["data_sha256"] in card
    assert "| learning_rate | 0.01 |" in card


def test_two_processes_learn_what_one_does(place: Path, plain: Ended) -> None:
    ended = run(place / "two", *options(place, "--epochs", 2, "--nproc", 2))
    assert ended.code == 0, ended.err
    found, expected = ended.metadata, plain.metadata["epoch_losses"]
    assert found["processes"] == 2
    assert found["epoch_losses"] == pytest.approx(expected, abs=1e-5)
    kept = list((ended.folder / "ranks").rglob("stderr.log"))
    assert len(kept) == 2 and all(path.read_text() for path in kept)
    assert ended.stages() == list(STAGES)
    assert "[rank1]:INFO stage train finished" in ended.err + ended.out


def test_the_rank_that_failed_first_gives_its_exit_code(place: Path) -> None:
    ended = run(place / "bad", *options(place, "--learning-rate", 1e30, "--nproc", 2))
    assert ended.code == 17, ended.err
    assert "failed first, with exit code 17" in ended.err
    assert (ended.events[-1]["event"], ended.events[-1]["stage"]) == ("failure", "train")


def test_sigusr1_has_the_trainer_print_its_stacks_and_go_on(place: Path) -> None:
    folder = place / "stacks"
    process = start(folder, *options(place, "--epochs", 10_000))
    for _ in range(60_000 // 5):
        if any(line["event"] == "progress" for line in read_events(folder)):
            break
        signal.sigtimedwait([], 0.005)
    process.send_signal(signal.SIGUSR1)
    signal.sigtimedwait([], 0.5)
    assert process.poll() is None
    process.kill()
    _, said = process.communicate(timeout=60)
    assert "most recent call first" in said
    assert math.isclose(process.returncode, -signal.SIGKILL)


def test_processes_tell_whether_they_all_say_the_same_number(tmp_path: Path) -> None:
    code = "import sys; from lastwords.trainer.ranks import Ranks; ranks = Ranks.join()\n"
    code += "print(ranks.agree(7), ranks.agree(ranks.rank)); ranks.leave()"
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    shared = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    shared |= {"GLOO_SOCKET_IFNAME": "lo"}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            env={**os.environ, **shared, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            stdout=subprocess.PIPE,
        )
        for rank in (0, 1)
    ]
    assert [process.communicate(timeout=90)[0] for process in started] == [b"True False\n"] * 2
