"""Files of metrics that programs write beside their output, as the programs wrote them."""

import base64
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.measurements.test_metrics import recorded

from lastwords.config import Config
from lastwords.folders import runfolder
from lastwords.folders.runfolder import AttemptFolder
from lastwords.measurements import wire
from lastwords.measurements.finding import find_logged
from lastwords.measurements.logged_files import read_csv, read_tensorboard, read_wandb
from lastwords.measurements.metrics import read_metrics
from lastwords.records import now, timestamp
from lastwords.store.filters import Filters
from lastwords.store.runs import Store

# Two steps with two scalars, one scalar as a tensor and one text; by tensorboard 2.21.
TENSORBOARD = base64.b64decode(
    "SAAAAAAAAAD+kkidCcr6ZZZqwtpBGg1icmFpbi5FdmVudDoyUi4KLHRlbnNvcmJvYXJkLnN1bW1hcnkud3Jp"
    "dGVyLmV2ZW50X2ZpbGVfd3JpdGVy6CgxeTwAAAAAAAAAyLejUgkAAAAAAADwPxAKKi8KEQoKdHJhaW4vbG9z"
    "cxUAAAA/ChoKE3RyYWluL2xlYXJuaW5nX3JhdGUVAACAPq9uE40kAAAAAAAAAEIrgE0JAAAAAAAA8D8QFCoX"
    "ChUKCWV2YWwvbG9zc0IICAEiBAAAgD5qIXHvHAAAAAAAAADIwZUdCQAAAAAAAPA/EBQqDwoNCgR0ZXh0QgUI"
    "B0IBeBb57b0="
)
# Two steps of `run.log({"train/loss": …, "lr": 0.1, "train/global_step": …})`; by wandb 0.31.
WANDB = base64.b64decode(
    "OlcmQuG+AE9pf92MAAEIChKHAQoQEgp0cmFpbi9sb3NzggEBMQoKEgJscoIBAzAuMQoXEhF0cmFpbi9nbG9i"
    "YWxfc3RlcIIBATAKJRIKX3RpbWVzdGFtcIIBFjEuNzk1Nzk1NTIzNjc0MzI0OGUrMDkKGBIIX3J1bnRpbWWC"
    "AQsxLjM3MTM2NDY4MwoLEgVfc3RlcIIBATASAEKGD/uRAAEIDRKMAQoSEgp0cmFpbi9sb3NzggEDMC41CgoS"
    "AmxyggEDMC4xChgSEXRyYWluL2dsb2JhbF9zdGVwggECMTAKJRIKX3RpbWVzdGFtcIIBFjEuNzk1Nzk1NTIz"
    "OTIyMTI2NWUrMDkKGBIIX3J1bnRpbWWCAQsxLjM3MTQzMTM1MgoLEgVfc3RlcIIBATESAggB"
)
CSV = b"epoch,step,train_loss,val_loss\n0,9,0.5,\n0,9,,0.75\n1,19,0.25,\n"
WRITES = """
import pathlib, sys
path = pathlib.Path({name!r})
path.parent.mkdir(parents=True, exist_ok=True)
path.write_bytes({data!r})
"""


@pytest.mark.parametrize(
    ("name", "data", "losses"),
    [
        ("logs/version_0/metrics.csv", CSV, [(9, 0.5), (19, 0.25)]),
        ("runs/may/events.out.tfevents.1700000000.host.1.0", TENSORBOARD, [(10, 0.5)]),
        ("wandb/offline-run-1/run-1.wandb", WANDB, [(0, 1.0), (10, 0.5)]),
    ],
    ids=["csv", "tensorboard", "wandb"],
)
def test_a_file_that_a_run_wrote_gives_its_curve_and_keeps_it(
    config: Config,
    home: Path,
    tmp_path: Path,
    name: str,
    data: bytes,
    losses: list[tuple[int, float]],
) -> None:
    folder = recorded(home, WRITES.format(name=name, data=data), tmp_path)
    found = [(m["step"], m["loss"]) for m in read_metrics(folder) if "loss" in m]
    assert found == losses
    (tmp_path / name).unlink()
    assert [(m["step"], m["loss"]) for m in read_metrics(folder) if "loss" in m] == losses
    store = Store(config.database)
    assert store.page(Filters(), 1).runs[0].final_loss == losses[-1][1]
    store.close()


def test_evaluations_and_learning_rates_are_read_too(tmp_path: Path) -> None:
    path = tmp_path / "events.out.tfevents.1"
    path.write_bytes(TENSORBOARD)
    first, second = read_tensorboard(path)
    assert first.pairs == [("step", 10), ("train/loss", 0.5), ("train/learning_rate", 0.25)]
    assert second.pairs == [("step", 20), ("eval/loss", 0.25)]


def test_what_keras_writes_for_its_validation_is_of_the_evaluation(tmp_path: Path) -> None:
    path = tmp_path / "validation" / "events.out.tfevents.1"
    path.parent.mkdir()
    path.write_bytes(TENSORBOARD)
    assert read_tensorboard(path)[0].pairs[1][0] == "validation train/loss"


@pytest.mark.parametrize(
    ("read", "data"), [(read_tensorboard, TENSORBOARD), (read_wandb, WANDB), (read_csv, CSV)]
)
def test_a_file_that_is_cut_anywhere_gives_what_is_whole(
    tmp_path: Path, read: object, data: bytes
) -> None:
    path = tmp_path / "file"
    counts = []
    for end in range(len(data) + 1):
        path.write_bytes(data[:end])
        counts.append(len(read(path)))  # type: ignore[operator]
    assert counts == sorted(counts) and counts[0] == 0 and counts[-1] >= 2


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_no_bytes_break_the_reader_of_messages(data: bytes) -> None:
    assert all(number >= 0 for number, _ in wire.fields(data))


def test_a_table_of_something_else_is_no_metric(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    for text in ("text,label\nloss,1\n", "step,price\n1,2.5\n", "loss\n0.5\n", "", "\0"):
        path.write_text(text)
        assert read_csv(path) == [], text


# --- whose file it is ----------------------------------------------------------------------------


@pytest.fixture
def running(home: Path, tmp_path: Path) -> Iterator[AttemptFolder]:
    """An attempt that goes on in a folder of its own."""
    runfolder.make_home(home)
    yield began(home, tmp_path)


def began(home: Path, folder: Path) -> AttemptFolder:
    made = runfolder.reserve_run(home, now())
    runfolder.write_once(made.spec, {"cwd": str(folder), "createdAt": timestamp(now())})
    return made


def test_a_file_from_before_the_run_is_not_its(running: AttemptFolder, tmp_path: Path) -> None:

    path = tmp_path / "metrics.csv"
    path.write_bytes(CSV)
    assert len(find_logged(running)) == 3
    os.utime(path, (1_000_000_000, 1_000_000_000))
    assert find_logged(running) == []


def test_of_two_runs_in_one_folder_nobody_can_tell_whose_the_file_is(
    running: AttemptFolder, home: Path, tmp_path: Path
) -> None:
    (tmp_path / "metrics.csv").write_bytes(CSV)
    elsewhere = began(home, tmp_path / "elsewhere")
    assert len(find_logged(running)) == 3 and find_logged(elsewhere) == []
    beside = began(home, tmp_path)
    assert find_logged(running) == [] == find_logged(beside)


def test_of_several_programs_files_none_is_taken(running: AttemptFolder, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "metrics.csv").write_bytes(CSV)
    assert find_logged(running) == []


def test_links_and_what_is_installed_or_hidden_are_not_looked_at(
    running: AttemptFolder, tmp_path: Path
) -> None:
    for name in (".hidden", "node_modules", "venv"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "metrics.csv").write_bytes(CSV)
    outside = tmp_path.parent / f"{tmp_path.name}-outside.csv"
    outside.write_bytes(CSV)
    (tmp_path / "link.csv").symlink_to(outside)
    assert find_logged(running) == []


def test_what_is_printed_comes_before_files(home: Path, tmp_path: Path) -> None:
    script = WRITES.format(name="metrics.csv", data=CSV) + "print('step=1 loss=7')\n"
    assert [metric["loss"] for metric in read_metrics(recorded(home, script, tmp_path))] == [7]
