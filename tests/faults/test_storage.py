"""Section C: the disk is full, broken, read-only or out of inodes; the database is in trouble."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from tests.faults.conftest import Got
from tests.faults.evidence import every_byte_is_kept, invariants
from tests.faults.injection import (
    TRUE_ENDS,
    broken_recording,
    full_home,
    injected_scene,
    needs_namespaces,
    needs_strace,
    scene,
    traced_recorder,
)
from tests.faults.scenes import ended, outcome
from tests.faults.ward import Dead, Ward
from tests.real import Server, clean_environment, until

from lastwords.config import Config
from lastwords.folders import runfolder
from lastwords.folders.events import read_facts
from lastwords.logs.logfile import open_checked
from lastwords.records import Status
from lastwords.store.runs import Store
from lastwords.store.sqlite import sqlite3
from lastwords.supervision.supervisor import Supervisor

LONG = 60.0


# --- the disk ------------------------------------------------------------------------------------


@needs_namespaces
@pytest.mark.fault(
    "F54",
    "disk full by checkpoints",
    expected="failed/exit_code, disk.full, 50 lines, traceback whole",
)
def test_a_full_disk_does_not_silence_the_last_words(tmp_path: Path, got: Got) -> None:
    got(scene("full_disk", tmp_path / "home", "--mount"))


CLEARED = """
keep a login: 303, 1 stored
log in: 204 303, then [200, 200], out ['204-401', '204-401']
start: 507 names lastwords rm
doctor: fail: lastwords rm --keep 10
delete: 204 gone
rm: 0 gone
stop: 0
ls: 0, 5 of 5
doctor: fail: lastwords rm --keep 10
rm: 0 gone
serve: 200, 4 of 4
log in: 204 303, then [200, 200], out ['204-401', '204-401']
delete: 204 gone
rm: 0 gone
start again: 202
"""


@needs_namespaces
@pytest.mark.fault(
    "F54b", "not one byte left, with a server and without", expected="cleared by page and shell"
)
def test_a_full_disk_is_cleared_with_our_own_tool(tmp_path: Path, got: Got) -> None:
    """Each step on a disk that was filled to its last byte again."""
    assert full_home(tmp_path / "home") == CLEARED.strip().splitlines()
    got("cleared by page and shell")


@needs_strace
@pytest.mark.parametrize("calls", ["openat,openat2", "link,linkat", "fsync,fdatasync"])
@pytest.mark.fault("F55", "disk full at result.json", expected="failed/exit_code 3, 30 lines")
def test_a_result_that_finds_no_room_is_written_all_the_same(
    supervisor: Supervisor, tmp_path: Path, calls: str, got: Got
) -> None:
    """The first calls of the kind fail from the moment at which there is a log to be kept."""
    run = supervisor.create({"baseModel": "counts-30-then-exits-3"}, "a test")
    folder = supervisor.folder(run)
    only = [] if calls == "fsync,fdatasync" else [folder.result]
    with traced_recorder(tmp_path, calls, "error=ENOSPC:when=2..6", *only):
        supervisor.start_queued()
    found = ended(supervisor, run)
    invariants(supervisor.config.home, run.id)
    got(f"{outcome(found)} {found.exit_code}, {every_byte_is_kept(folder)} lines")


@needs_strace
@pytest.mark.parametrize("error", ["ENOSPC", "EIO"])
@pytest.mark.fault("F56", "Nth write or fsync of the recorder fails", expected="its true end")
def test_a_recorder_on_a_broken_disk_claims_nothing(
    supervisor: Supervisor, tmp_path: Path, error: str, got: Got
) -> None:
    """A sample; `python -m tests.faults.sweep` does every N, call and error."""
    for number in (2, 3, 8):
        how = f"error={error}:when={number}"
        told = broken_recording(supervisor, tmp_path, "write,fsync,fdatasync", how)
        assert told in TRUE_ENDS, f"{how}: {told}"
    got("its true end")


@needs_strace
@pytest.mark.fault(
    "F57",
    "read-only from mid-run on, for recorder and index",
    expected="its true end; list answers",
)
def test_a_disk_that_became_read_only_is_no_success(
    server: Server, supervisor: Supervisor, tmp_path: Path, got: Got
) -> None:
    """The kernel refuses a remount under open files, so it is the calls that answer EROFS."""
    server.end()
    run = supervisor.create({"baseModel": "counts-20-then-exits-3"}, "a test")
    how = "error=EROFS:when=3+"
    with traced_recorder(tmp_path, "write,pwrite64,fsync,fdatasync,link,linkat", how):
        supervisor.start_queued()
    server.start()
    answers = server.get("/runs").status
    found = server.ended(run.id, LONG)
    told = f"{found['status']}/{found['reason']}"
    true = ("failed/exit_code", "failed/launch_failed", "lost/recorder_lost")
    invariants(server.home, run.id, server)
    says = "its true end" if told in true else told
    got(f"{says}; list {'answers' if answers == 200 else answers}")


@needs_namespaces
@pytest.mark.fault(
    "F57b",
    "disk unmounted under a time limit and a pause",
    expected="lost/folder_missing, lost/folder_missing",
)
def test_what_nobody_can_reach_any_more_ends_by_itself(tmp_path: Path, got: Got) -> None:
    got(scene("unmounted", tmp_path / "home", "--mount"))


@needs_namespaces
@pytest.mark.fault("F58a", "no inodes left at POST", expected="HomeUnwritable, 0 folders, 0 rows")
def test_a_home_without_inodes_refuses_a_run_and_keeps_nothing_of_it(
    tmp_path: Path, got: Got
) -> None:
    got(scene("no_inodes", tmp_path / "home", "--mount"))


@needs_namespaces
@pytest.mark.fault("F58b", "no inodes left at the start", expected="failed/launch_failed")
def test_a_run_that_finds_no_inodes_has_failed_to_start(tmp_path: Path, got: Got) -> None:
    got(scene("inodes_run_out", tmp_path / "home", "--mount"))


# --- the run folder ------------------------------------------------------------------------------


@pytest.mark.fault(
    "F59",
    "rm -rf * by the training itself",
    expected="completed/ok, 60 steps, facts_restored log_tampered",
)
def test_a_training_that_empties_its_folder_is_seen_to_its_end(ward: Ward, got: Got) -> None:
    dead = ward.bury(ward.start("empties-folder-then-trains"), counted=False)
    log = dead.folder.log.read_bytes()
    assert log.startswith(b"the folder is empty\n") and log.endswith(b"finished\n")
    flags = " ".join(sorted(flag["flag"] for flag in dead.run.flags))
    assert len(read_facts(dead.folder.events).metrics) == 60
    got(f"{dead.outcome}, {log.count(b'step ')} steps, {flags}")


@pytest.mark.fault(
    "F59", "another file in the log's place", expected="failed/exit_code, data.empty, log_tampered"
)
def test_a_run_that_replaced_its_log_is_explained_by_its_own(ward: Ward, got: Got) -> None:
    dead = ward.bury(ward.start("replaces-its-log"), counted=False)
    assert "the example has no label" in dead.error and b"all is well" not in log_of(dead)
    got(f"{dead.outcome}, {dead.run.cause}, {dead.run.flags[0]['flag']}")


def log_of(dead: Dead) -> bytes:
    with open_checked(dead.folder) as log:
        return b"".join(log.chunks(0, log.size))


# --- the database --------------------------------------------------------------------------------


@pytest.mark.fault(
    "F60a", "database locked longer than it is waited for", expected="503, then completed/ok"
)
def test_a_locked_database_holds_up_no_run(server: Server, got: Got) -> None:
    run_id = server.train("counts-300-then-trains")
    folder = runfolder.attempt_folder(server.home, run_id, 1)
    until(folder.log.exists)
    with closing(sqlite3.connect(server.home / "lastwords.db")) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        refused = server.post("/runs", {"baseModel": "exits-3"})  # after 10 s of waiting
        until(folder.result.exists, LONG)
        assert server.run(run_id)["status"] == "running"  # nothing was invented meanwhile
        holder.rollback()
    server.ended(run_id, LONG)
    assert every_byte_is_kept(folder) == 300
    got(f"{refused.status}, then {outcome(invariants(server.home, run_id, server))}")


def _overwrite_first_page(database: Path) -> None:
    for path in database.parent.glob("lastwords.db-*"):
        path.unlink()
    with database.open("r+b") as file:
        file.write(os.urandom(4096))


def _delete(database: Path) -> None:
    for path in database.parent.glob("lastwords.db*"):
        path.unlink()


def _overwrite_page_of_runs(database: Path) -> None:
    """Which is found by whoever reads that page, and not by opening the file."""
    with closing(sqlite3.connect(database)) as opened:
        named = opened.execute("SELECT rootpage FROM sqlite_master WHERE name = 'runs'")
        (page,) = named.fetchone()
    for path in database.parent.glob("lastwords.db-*"):
        path.unlink()
    with database.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(os.urandom(4096))


@pytest.mark.parametrize("damage", [_overwrite_first_page, _overwrite_page_of_runs, _delete])
@pytest.mark.fault(
    "F60b",
    "database overwritten or deleted",
    expected="both served; 503, doctor name lastwords reconcile; completed/ok, failed/exit_code",
)
def test_a_lost_database_comes_back_from_the_folders(
    server: Server, damage: object, got: Got
) -> None:
    earlier = server.train("exits-3")
    before = server.ended(earlier)
    run_id = server.train("counts-500-then-waits-then-trains")
    folder = runfolder.attempt_folder(server.home, run_id, 1)
    until(folder.log.exists)
    server.end(signal_number := 9)
    assert signal_number and callable(damage)
    damage(server.home / "lastwords.db")
    server.start()
    until(lambda: {run["id"] for run in server.get("/runs").json["runs"]} == {earlier, run_id})
    assert server.run(run_id)["status"] == "running"
    assert server.run(earlier) | {"flags": []} == before | {"flags": []}
    refused = server.post("/runs", {"baseModel": "exits-3"})
    assert refused.status == 503 and "run lastwords reconcile" in refused.json["detail"]
    assert "run lastwords reconcile" in server.get("/health").json["database"]
    (finding,) = (
        check for check in server.get("/doctor").json["checks"] if check["name"] == "database"
    )
    assert finding["verdict"] == "fail" and finding["command"].startswith("lastwords reconcile")
    _reconcile(server.home)
    until(lambda: server.get("/health").json.get("database", "being replaced") is None)
    (folder.path / "go").touch()
    server.ended(run_id, LONG)
    assert every_byte_is_kept(folder) == 500
    assert server.run(earlier) | {"flags": []} == before | {"flags": []}
    ends = [outcome(invariants(server.home, one, server)) for one in (run_id, earlier)]
    got(f"both served; 503, doctor name lastwords reconcile; {', '.join(ends)}")


def _reconcile(home: Path) -> None:
    command = [sys.executable, "-m", "lastwords", "reconcile", "--home", str(home)]
    subprocess.run(command, check=True, capture_output=True, env=clean_environment())


@needs_strace
@pytest.mark.fault(
    "F61",
    "kill -9 of the writer at its Nth write or sync",
    expected="every told row is kept, whole",
)
def test_a_writer_killed_anywhere_keeps_what_it_told(tmp_path: Path, got: Got) -> None:
    for number in (1, 4, 9, 17, 33, 60, 101):
        home = tmp_path / str(number)
        how = f"signal=SIGKILL:when={number}"
        told = injected_scene("write_rows", home, "pwrite64,fsync,fdatasync,ftruncate", how)
        assert told != "all", "nothing was killed"
        with closing(sqlite3.connect(home / "lastwords.db")) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        store = Store(Config(home).database)
        if told.startswith("final "):  # the last word of the dead
            assert store.run(told.split()[1]).status == Status.CANCELLED
        store.close()
    got("every told row is kept, whole")
