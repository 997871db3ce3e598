"""A home that several machines write to: another's run gets no verdict here."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.real import new_attempt, record, result_of, says, until

from lastwords.config import load
from lastwords.executors.local import LocalExecutor
from lastwords.folders import runfolder
from lastwords.folders.attempt import AttemptFolder, write_once
from lastwords.recording import hosts, processes, recorder
from lastwords.records import Status, WrongStatus
from lastwords.store.runs import Store
from lastwords.supervision.supervisor import Supervisor

OTHER = {"name": "node17", "machine": "0123456789abcdef"}
OF_ANOTHER_BOOT = {"boot_id": "of another boot"}


@pytest.fixture
def shared(home: Path, tmp_path: Path) -> Iterator[Path]:
    """The home as a file system shows it that may well have other writers."""
    if not shutil.which("bindfs") or not os.access("/dev/fuse", os.W_OK):
        pytest.skip("needs bindfs and /dev/fuse: apt-get install bindfs")
    place = tmp_path / "shared"
    place.mkdir()
    subprocess.run(["bindfs", str(home), str(place)], check=True)
    yield place
    subprocess.run(["fusermount", "-u", "-z", str(place)], check=True)


def noted_by(folder: AttemptFolder, host: dict[str, str] | None) -> AttemptFolder:
    """An attempt whose recorder, on that machine and in another boot, is gone."""
    own = processes.identify(os.getpid())
    assert own is not None
    fact = own.to_json() | OF_ANOTHER_BOOT
    child = fact | {"recorder": fact, "startedAt": "2026-01-01T00:00:00.000Z"}
    write_once(folder.child, child | ({"host": host} if host else {}))
    return folder


def test_of_another_machine_s_run_nothing_is_concluded(shared: Path) -> None:
    folder = noted_by(new_attempt(shared, ["true"]), OTHER)
    executor = LocalExecutor()
    assert executor.ending(folder, 0.0) is None
    assert not folder.result.exists()
    (remark,) = executor.remarks(folder)
    assert remark["notice"] == "on_another_host" and "node17" in remark["detail"]


def test_a_run_of_which_no_machine_is_known_gets_no_verdict_either(shared: Path) -> None:
    folder = noted_by(new_attempt(shared, ["true"]), None)
    assert LocalExecutor().ending(folder, 0.0) is None


def test_this_machine_s_own_run_is_lost_after_its_restart(shared: Path) -> None:
    folder = noted_by(new_attempt(shared, ["true"]), hosts.this_host())
    ending = LocalExecutor().ending(folder, 0.0)
    assert ending is not None and ending["lost"] == "host_rebooted"


def test_no_other_machine_writes_to_a_disk_of_our_own(home: Path) -> None:
    folder = noted_by(new_attempt(home, ["true"]), OTHER)
    ending = LocalExecutor().ending(folder, 0.0)
    assert ending is not None and ending["lost"] == "host_rebooted"


def test_a_stop_of_another_machine_s_run_is_left_where_its_recorder_finds_it(shared: Path) -> None:
    folder = record(shared, "hangs")
    says(folder, b"ready")
    fact = json.loads(folder.child.read_text())
    known = recorder.recorder_identity(folder)
    assert known is not None and fact["host"] == hosts.this_host()
    folder.child.write_text(json.dumps(fact | OF_ANOTHER_BOOT | {"host": OTHER}))
    recorder.request_stop(folder, "somebody there", reason="stopped_by_user")
    assert result_of(folder)["stop"]["by"] == "somebody there"
    until(lambda: not processes.is_alive(known))


def test_a_person_may_call_another_machine_s_run_lost(shared: Path) -> None:
    config = load(shared)
    supervisor = Supervisor(config, Store(config.database))
    here = record(shared, "hangs")
    says(here, b"ready")
    there = noted_by(new_attempt(shared, ["true"]), OTHER)
    for folder in (here, there):
        supervisor.add_asked(folder, runfolder.read_spec(folder) or {}, Status.RUNNING)
    with pytest.raises(WrongStatus, match="runs on this machine"):
        supervisor.give_up(here.run_id, "ada")
    supervisor.settle()
    flags = supervisor.store.run(there.run_id).flags
    assert [flag["flag"] for flag in flags] == ["on_another_host"]
    found = supervisor.give_up(there.run_id, "ada")
    assert (found.status, found.reason) == (Status.LOST, "given_up")
    assert "Called lost by ada" in str(found.detail)
    with pytest.raises(WrongStatus, match="is lost"):
        supervisor.give_up(there.run_id, "ada")
