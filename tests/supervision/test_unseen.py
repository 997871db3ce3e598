"""A run that cannot be looked at: no verdict on it, no place kept for it, and it can be deleted."""

from __future__ import annotations

import errno
import json
import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.cli.kit import PYTHON, run
from tests.doctor.test_mends import WITHOUT_ROOTS_RIGHTS
from tests.real import clean_environment, until
from tests.supervision.test_supervisor import begin, create, ended, kill, status

from lastwords.config import Config
from lastwords.executors.local import LocalExecutor
from lastwords.folders import runfolder
from lastwords.folders.runfolder import AttemptFolder, OutOfReach
from lastwords.recording import recorder
from lastwords.records import Run, RunNotFound, Status, WrongStatus
from lastwords.store.runs import Store
from lastwords.supervision import settling
from lastwords.supervision.supervisor import Supervisor


class Blind(LocalExecutor):
    """The local executor, but looking at attempts fails as it is told to."""

    number: int | None = None

    def ending(self, folder: AttemptFolder, grace: float) -> dict[str, Any] | None:
        if self.number is None:
            return super().ending(folder, grace)
        error = OSError(self.number, os.strerror(self.number))
        raise OutOfReach(f"{folder.result} cannot be read: {error.strerror}") from error


@pytest.fixture
def blind() -> Blind:
    return Blind()


@pytest.fixture
def supervisor(config: Config, store: Store, blind: Blind) -> Supervisor:
    return Supervisor(config, store, blind)


def _look(supervisor: Supervisor) -> None:
    supervisor.start_queued(supervisor.settle())


def _ended_unseen(supervisor: Supervisor, blind: Blind, number: int) -> Run:
    """A run that ended while nobody could look at it."""
    run = begin(supervisor, "exits-3")
    folder = supervisor.folder(run)
    until(lambda: folder.result.exists() and not recorder.strays(folder))
    blind.number = number
    return run


def test_a_run_that_cannot_be_looked_at_says_so_and_is_judged_later(
    supervisor: Supervisor, blind: Blind
) -> None:
    run = _ended_unseen(supervisor, blind, errno.EACCES)
    _look(supervisor)
    seen = supervisor.store.run(run.id)
    assert seen.status == Status.RUNNING and [flag["flag"] for flag in seen.flags] == ["unknown"]
    blind.number = None
    assert ended(supervisor, run).reason == "exit_code"


def test_it_keeps_its_place_for_a_while_and_then_the_next_one_starts(
    supervisor: Supervisor, blind: Blind, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = _ended_unseen(supervisor, blind, errno.EACCES)
    second = create(supervisor, "exits-3")
    _look(supervisor)
    assert (status(supervisor, first), status(supervisor, second)) == ("running", "queued")
    monkeypatch.setattr(settling, "UNSEEN_SECONDS", 0.0)
    _look(supervisor)
    assert (status(supervisor, first), status(supervisor, second)) == ("running", "running")


def test_it_keeps_its_place_as_long_as_a_process_of_it_is_seen(
    supervisor: Supervisor, blind: Blind, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = begin(supervisor, "hangs"), create(supervisor, "exits-3")
    blind.number = errno.EACCES
    monkeypatch.setattr(settling, "UNSEEN_SECONDS", 0.0)
    _look(supervisor)
    assert status(supervisor, second) == Status.QUEUED
    kill(supervisor, first)
    until(lambda: not recorder.strays(supervisor.folder(first)))
    _look(supervisor)
    assert status(supervisor, second) == Status.RUNNING


def test_deleting_it_ends_what_still_runs_of_it(supervisor: Supervisor, blind: Blind) -> None:
    run = begin(supervisor, "hangs")
    folder = supervisor.folder(run)
    until(lambda: recorder.strays(folder))
    blind.number = errno.EACCES
    supervisor.delete(run.id)
    assert not recorder.strays(folder) and not folder.path.exists()
    with pytest.raises(RunNotFound):
        supervisor.store.run(run.id)


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOMEM])
def test_it_is_not_deleted_for_a_want_of_our_own(
    supervisor: Supervisor, blind: Blind, number: int
) -> None:
    run = begin(supervisor, "hangs")
    blind.number = number
    with pytest.raises(WrongStatus, match="cannot be looked at just now"):
        supervisor.delete(run.id)
    blind.number = None
    assert supervisor.folder(run).path.exists() and recorder.strays(supervisor.folder(run))
    supervisor.cancel(run.id, "a test")
    ended(supervisor, run)


def test_one_that_runs_and_can_be_looked_at_is_not_deleted(supervisor: Supervisor) -> None:
    run = begin(supervisor, "hangs")
    with pytest.raises(WrongStatus, match="cancel it first"):
        supervisor.delete(run.id)
    supervisor.cancel(run.id, "a test")
    ended(supervisor, run)


def test_a_queued_run_whose_spec_was_damaged_fails_and_holds_up_nobody(
    supervisor: Supervisor,
) -> None:
    first, second = create(supervisor, "exits-3"), create(supervisor, "exits-3")
    supervisor.folder(first).spec.write_text('{"command": 5}')
    _look(supervisor)
    found = ended(supervisor, first)
    assert found.reason == "launch_failed" and found.detail and "command is 5" in found.detail
    _look(supervisor)
    assert ended(supervisor, second).reason == "exit_code"


def test_a_stop_reaches_a_run_that_damaged_its_child_json(supervisor: Supervisor) -> None:
    run = begin(supervisor, "hangs")
    until(lambda: recorder.strays(supervisor.folder(run)))
    supervisor.folder(run).child.write_text("{}")
    supervisor.cancel(run.id, "a test")
    assert supervisor.folder(run).stop.exists()
    supervisor.executor.kill(supervisor.folder(run))
    supervisor.folder(run).child.unlink()


# --- as another user than root, from whom a folder's rights keep something -----------------------


def _as_a_user(home: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    prefix = () if os.geteuid() else WITHOUT_ROOTS_RIGHTS
    command, *rest = arguments
    return subprocess.run(
        [*prefix, PYTHON, "-m", "lastwords", command, "--home", str(home), *rest],
        capture_output=True,
        env=clean_environment(),
    )


def test_a_run_whose_folder_lost_its_rights_is_deleted_with_all_it_held(home: Path) -> None:
    run(home, "--", "true")
    (run_id,) = runfolder.all_run_ids(home)
    folder = runfolder.attempt_folder(home, run_id, 1)
    (folder.artifacts / "deep").mkdir()
    (folder.artifacts / "deep" / "file").touch()
    for path in (folder.artifacts / "deep", folder.artifacts, folder.path):
        path.chmod(0)
    done = _as_a_user(home, "rm", run_id)
    assert done.returncode == 0, done.stderr
    assert not list((home / "runs").glob("run_*"))


def test_a_run_that_took_its_folders_rights_away_is_listed_and_deleted(home: Path) -> None:
    may_go = shlex.quote(str(home / "go"))
    script = f'while [ ! -e {may_go} ]; do sleep 0.02; done; chmod 0 "$LASTWORDS_ATTEMPT"'
    prefix = () if os.geteuid() else WITHOUT_ROOTS_RIGHTS
    command = [*prefix, PYTHON, "-m", "lastwords", "run", "--home", str(home), "--quiet", "--"]
    with subprocess.Popen(
        [*command, "sh", "-c", script], env=clean_environment(), stderr=subprocess.DEVNULL
    ) as process:
        listed = until(lambda: json.loads(_as_a_user(home, "ls", "--json").stdout or b"[]"))
        assert b"cancel it first" in _as_a_user(home, "rm", listed[0]["id"]).stderr
        (home / "go").touch()
        until(lambda: _as_a_user(home, "rm", listed[0]["id"]).returncode == 0)
        process.kill()
    assert json.loads(_as_a_user(home, "ls", "--json").stdout) == []
    assert not list((home / "runs").glob("run_*"))
