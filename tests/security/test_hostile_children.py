"""What a training makes of its own folder may cost it its record, and nobody else's."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.conftest import TOKEN
from tests.real import PATIENCE, clean_environment, until
from tests.security.conftest import Target

from lastwords.folders.runfolder import AttemptFolder, attempt_folder, read_fact
from lastwords.recording import processes
from lastwords.recording.cgroups import ControlGroup
from lastwords.recording.samples import Sampler, thin


def _waiting(target: Target) -> AttemptFolder:
    """A training that has begun and waits for `go`."""
    run_id = target.server.train("waits-then-exits-3")
    folder = attempt_folder(target.home, run_id, 1)
    until(lambda: folder.child.exists() and folder.log.exists())
    return folder


def _go(folder: AttemptFolder) -> None:
    Path(str((read_fact(folder.spec) or {})["cwd"]), "go").touch()


def _status(target: Target, run_id: str) -> str:
    """As the list tells it: a run alone is 409 where its log is no file."""
    listed = target.server.get("/runs?limit=50").json["runs"]
    return str(next(run["status"] for run in listed if run["id"] == run_id))


def _replace_by_pipe(path: Path) -> None:
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def _kill_recorder(folder: AttemptFolder) -> None:
    identity = processes.Identity.from_json(json.loads(folder.child.read_bytes())["recorder"])
    processes.send_signal(identity, signal.SIGKILL)
    until(lambda: not processes.is_alive(identity))


def test_a_pipe_in_place_of_its_samples_keeps_no_recorder_waiting(tmp_path: Path) -> None:
    folder = AttemptFolder(tmp_path / "run_20260101_000000" / "1")
    folder.path.mkdir(parents=True)
    os.mkfifo(folder.samples)
    sampler = Sampler(folder, ControlGroup.from_json(None))
    taking = threading.Thread(target=sampler.take, daemon=True)
    taking.start()
    taking.join(PATIENCE)
    assert not taking.is_alive()


@pytest.mark.parametrize(
    "name", ["output.log", "notices.jsonl", "recorder.lock", ".result.json.slot"]
)
def test_a_pipe_among_its_files_keeps_no_server_waiting(target: Target, name: str) -> None:
    folder = _waiting(target)
    _kill_recorder(folder)
    _replace_by_pipe(folder.path / name)
    _go(folder)
    until(lambda: _status(target, folder.run_id) == "failed")
    other = target.server.train("exits-0")
    assert target.server.ended(other)["exitCode"] == 0


@pytest.mark.parametrize(
    "fact",
    [
        {},
        {"pid": 1},
        {"pid": -1, "start_ticks": 0, "boot_id": "x", "recorder": []},
        {"recorder": 1},
    ],
)
def test_a_child_json_that_names_no_process_holds_up_no_other_run(
    target: Target, fact: object
) -> None:
    folder = _waiting(target)
    whole = json.loads(folder.child.read_bytes())
    _kill_recorder(folder)
    folder.child.write_text(json.dumps(fact))
    assert target.server.ended(folder.run_id)["reason"] == "child_damaged"
    other = target.server.train("exits-0")
    assert target.server.ended(other)["exitCode"] == 0
    processes.send_signal(processes.Identity.from_json(whole), signal.SIGKILL)


def test_a_pipe_in_place_of_its_log_keeps_no_echo_waiting(home: Path) -> None:
    script = 'rm "$LASTWORDS_ATTEMPT/output.log"; mkfifo "$LASTWORDS_ATTEMPT/output.log"'
    command = [sys.executable, "-m", "lastwords", "run", "--home", str(home), "--", "sh", "-c"]
    environment = clean_environment(LASTWORDS_TOKEN=TOKEN)
    for _ in range(3):  # whether the log is opened before the child is that far is chance
        ended = subprocess.run([*command, script], env=environment, timeout=PATIENCE, check=False)
        assert ended.returncode == 0


def test_thinning_samples_follows_no_link(tmp_path: Path) -> None:
    victim, path = tmp_path / "victim", tmp_path / "samples.jsonl"
    victim.write_text("kept")
    path.write_bytes(b"1\n2\n")
    (tmp_path / ".samples.jsonl.thinned").symlink_to(victim)
    assert thin(path) == 1
    assert victim.read_text() == "kept"
    assert path.read_bytes() == b"2\n"


@pytest.mark.parametrize(
    "name",
    [
        "a\nb",
        "a\n",
        "\r",
        "a\r\nX-Injected: yes",
        "\x1b[31mred",
        "\x85next",
        'a\\b"c',
        "\u202egpj.exe",
    ],
)
def test_s25_an_artifact_is_downloaded_whatever_its_name(target: Target, name: str) -> None:
    (target.folder / "artifacts" / name).write_text("content")
    listed = target.server.get(f"/runs/{target.run_id}/artifacts").json["artifacts"]
    assert name in [artifact["path"] for artifact in listed]
    answer = target.server.get(f"/runs/{target.run_id}/artifacts/{quote(name)}")
    (target.folder / "artifacts" / name).unlink()
    assert (answer.status, answer.body) == (200, b"content")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename")
    assert "X-Injected" not in answer.headers
