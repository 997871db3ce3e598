"""A worker in one file, run by a Python that has nothing of ours."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from tests.real import Server, clean_environment, until
from tests.shipping.kit import same_files, sent_run, token_of

from lastwords.cli.archive import write_archive
from lastwords.folders import runfolder

MOST_BYTES = 150_000


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("worker") / "lw.pyz"
    assert write_archive(path) == path.stat().st_size < MOST_BYTES
    return path


def do(
    archive: Path, home: Path, *words: str, said: str = "", **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run it as `python lw.pyz` from its own folder: without our package, and without packages."""
    command = [sys.executable, "-I", "-S", archive.name, *words]
    environment = clean_environment(HOME=str(home), **settings)
    environment.pop("PYTHONPATH", None)
    return subprocess.run(
        command, cwd=archive.parent, env=environment, input=said, capture_output=True, text=True,
        timeout=60,
    )  # fmt: skip


def test_it_records_and_sends_a_run(server: Server, archive: Path, tmp_path: Path) -> None:
    code = "import sys; print('hello'); print(sys.stdin.read()); raise SystemExit(7)"
    words = ("run", "--to", server.url, "--", sys.executable, "-c", code)
    done = do(archive, tmp_path, *words, LASTWORDS_TO_TOKEN=token_of(server))
    assert (done.returncode, done.stdout, done.stderr) == (7, "hello\n\n", "")
    run = server.ended(sent_run(server)["id"])
    assert (run["status"], run["exitCode"]) == ("failed", 7)
    home = tmp_path / ".local" / "share" / "lastwords"
    (run_id,) = runfolder.all_run_ids(home)
    folder = runfolder.attempt_folder(home, run_id, 1)
    until(lambda: same_files(folder, server, run["id"]))
    assert not (home / "lastwords.db").exists()


def test_it_logs_in_and_sends_what_was_recorded_without_a_server(
    server: Server, archive: Path, tmp_path: Path
) -> None:
    missing = do(archive, tmp_path, "run", "--expect", "nothing.txt", "--", "true")
    assert missing.returncode == 1 and "nothing.txt" in missing.stderr
    logged_in = do(archive, tmp_path, "login", server.url, said=f"{token_of(server)}\n")
    assert logged_in.returncode == 0, logged_in.stderr
    sent = do(archive, tmp_path, "ship", "--all")
    assert sent.returncode == 0, sent.stdout + sent.stderr
    assert server.ended(sent_run(server)["id"])["reason"] == "expected_missing"


def test_it_says_what_is_wrong_in_a_line(archive: Path, tmp_path: Path) -> None:
    for words in (("run",), ("ship",), ("ship", "--all"), ("login", "http://10.0.0.1")):
        done = do(archive, tmp_path, *words)
        assert done.returncode == 1 and len(done.stderr.splitlines()) == 1, done.stderr


def test_the_same_version_makes_the_same_file(archive: Path, tmp_path: Path) -> None:
    write_archive(tmp_path / "again.pyz")
    made = [hashlib.sha256(p.read_bytes()).digest() for p in (archive, tmp_path / "again.pyz")]
    assert made[0] == made[1]
