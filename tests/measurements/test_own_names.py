"""Names that trackers print for a run, in the lines that they really print."""

from __future__ import annotations

from pathlib import Path

import pytest

from lastwords.folders import runfolder
from lastwords.folders.runfolder import AttemptFolder
from lastwords.measurements.own_names import BEGINNING, own_name
from lastwords.records import now

# wandb 0.31, without a network.
OFFLINE = """\
wandb: Tracking run with wandb version 0.31.0
wandb: W&B syncing is set to `offline` in this directory. Run `wandb online` or set WANDB_MODE=online to enable cloud syncing.
wandb: Run data is saved locally in /work/wandb/offline-run-20261127_185512-{}
wandb: View this run in the terminal with `wandb leet`
wandb: You can sync this run to the cloud by running:
wandb: wandb sync /work/wandb/offline-run-20261127_185512-{}
"""  # noqa: E501
ONLINE = """\
wandb: Tracking run with wandb version 0.31.0
wandb: Run data is saved locally in /work/wandb/run-20261127_185512-y7kvg50e
wandb: Run `wandb offline` to turn off syncing.
wandb: Syncing run lora-lr3e-4
wandb: ⭐️ View project at https://wandb.ai/me/p
wandb: 🚀 View run at https://wandb.ai/me/p/runs/y7kvg50e
"""
ENDS = "wandb: 🚀 View run lora-lr3e-4 at: https://wandb.ai/me/p/runs/y7kvg50e\n"
COLOURED = "\x1b[34m\x1b[1mwandb\x1b[0m: Syncing run \x1b[33mlora-lr3e-4\x1b[0m\r\n"


@pytest.fixture
def folder(home: Path) -> AttemptFolder:
    runfolder.make_home(home)
    return runfolder.reserve_run(home, now())


@pytest.mark.parametrize(
    ("log", "name"),
    [
        (ONLINE, "lora-lr3e-4"),
        (COLOURED, "lora-lr3e-4"),
        (ENDS, "lora-lr3e-4"),
        (" 10%|█         | 1/10\r[rank0]: wandb: Resuming run lora 3\n", "lora 3"),
        (OFFLINE.format("lora_3", "lora_3"), "lora_3"),
        (OFFLINE.format("y7kvg50e", "y7kvg50e"), None),  # an ID that wandb made up
        ("* Created new run: dainty-sunset-0\n", "dainty-sunset-0"),
        ("* Resumed existing run: dainty-sunset-0\n", "dainty-sunset-0"),
        ("🏃 View run kindly-mule-812 at: http://127.0.0.1:5000/#/runs/1f\n", "kindly-mule-812"),
        ("[2026-11-27 18:55:22,520][HYDRA] Launching 2 jobs locally\n", None),
        ("Loading run: 3\nView run as a whole\nwandb: WARNING Syncing run later\n", None),
        ("", None),
    ],
)  # fmt: skip
def test_a_name_is_what_a_tracker_prints(folder: AttemptFolder, log: str, name: str | None) -> None:
    folder.log.write_text(f"Loading…\n{log}step 1\n")
    assert own_name(folder) == name


def test_it_is_looked_for_in_the_beginning_and_the_end(folder: AttemptFolder) -> None:
    folder.log.write_bytes(b"x\n" * BEGINNING + ENDS.encode())
    assert own_name(folder) == "lora-lr3e-4"


def test_a_log_of_nothing_but_hints_costs_no_time(folder: AttemptFolder) -> None:
    """Of each hint a bounded part is looked at, and of so many the first ones."""
    folder.log.write_bytes(b"wandb: " * BEGINNING)
    assert own_name(folder) is None
