"""A home whose disk has not one byte left, and a server of it: what can be done with our own tool.

    unshare --mount python -m tests.faults.full_home HOME      prints what it got, a line a step

Before each step the disk is filled to its last byte again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

from argon2 import PasswordHasher
from tests.conftest import TOKEN, TRAINER
from tests.faults.scenes import mounted
from tests.real import PREFIX, Server, clean_environment, until

from lastwords.folders import runfolder
from lastwords.store.sqlite import sqlite3

PASSWORD = "correct horse battery"
RUNS = 7
RUN_BYTES = 1 << 20


class FullHome:
    """A home of RUNS finished runs, on a disk that is filled up by somebody else's file."""

    def __init__(self, home: Path) -> None:
        mounted(home, "size=24m")
        self.home = home
        settings = {
            "LASTWORDS_TRAINER_COMMAND": " ".join(TRAINER),
            "LASTWORDS_TOKEN": TOKEN,
            "LASTWORDS_PASSWORD_HASH": PasswordHasher(1, 1024, 1).hash(PASSWORD),
        }
        self.server = Server(home, settings)
        runfolder.make_home(home)
        (home / "lastwords.toml").write_text('[defaults]\ndataFile = "data.jsonl"\n')
        (home / "data.jsonl").touch()
        for _ in range(RUNS):
            self.command("run", "--quiet", "--", "head", "-c", str(RUN_BYTES), "/dev/zero")
        self.runs = sorted(runfolder.all_run_ids(home))

    def fill(self) -> None:
        """Write until not a byte is free."""
        descriptor = os.open(self.home / "filler", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for size in (1 << 16, 1):
            with suppress(OSError):
                while True:
                    os.write(descriptor, bytes(size))
        os.close(descriptor)
        assert os.statvfs(self.home).f_bavail == 0

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command at a shell."""
        return subprocess.run(
            [sys.executable, "-m", "lastwords", *arguments],
            env=clean_environment(LASTWORDS_HOME=str(self.home)),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def is_gone(self, run_id: str) -> bool:
        """Whether nothing is left of a run: no folder, no mark of one, no row."""
        left = list(runfolder.runs_folder(self.home).glob(f"*{run_id}*"))
        listed = self.command("ls", "--json").stdout
        return not left and listed.startswith("[") and run_id not in listed


def _step_keep_a_login(full: FullHome) -> str:
    """In the room that is kept for the database, which is given up for it."""
    status = full.server.ask("GET", f"/?token={TOKEN}", login=False).status
    with closing(sqlite3.connect(full.home / "lastwords.db")) as database:
        (rows,) = database.execute("SELECT COUNT(*) FROM sessions").fetchone()
    return f"{status}, {rows} stored"


def _step_log_in(full: FullHome) -> str:
    server = full.server
    posted = server.ask("POST", f"{PREFIX}/login", {"password": PASSWORD}, login=False)
    linked = server.ask("GET", f"/?token={TOKEN}", login=False)
    cookies = [(each.headers["Set-Cookie"] or "").split(";")[0] for each in (posted, linked)]
    shown = [
        server.ask("GET", f"{PREFIX}/runs", headers={"Cookie": cookie}, login=False).status
        for cookie in cookies
    ]
    ended = [_log_out(server, cookie) for cookie in cookies]
    return f"{posted.status} {linked.status}, then {shown}, out {ended}"


def _log_out(server: Server, cookie: str) -> str:
    headers = {"Cookie": cookie, "Origin": server.url}
    left = server.ask("POST", f"{PREFIX}/logout", headers=headers, login=False)
    again = server.ask("GET", f"{PREFIX}/runs", headers=headers, login=False)
    return f"{left.status}-{again.status}"


def _step_start(full: FullHome) -> str:
    answer = full.server.post("/runs", {"baseModel": "exits-3"})
    named = "lastwords rm" in answer.json["detail"]
    return f"{answer.status} {'names lastwords rm' if named else answer.json['detail']}"


def _step_doctor(full: FullHome) -> str:
    checks = json.loads(full.command("doctor", "--json").stdout)["checks"]
    (found,) = (check for check in checks if check["name"] == "database")
    return f"{found['verdict']}: {' '.join(found['command'].split()[:4])}"


def _step_delete(full: FullHome) -> str:
    run_id = full.runs.pop()
    answer = full.server.ask("DELETE", f"{PREFIX}/runs/{run_id}")
    return f"{answer.status} {_gone(full, run_id)}"


def _gone(full: FullHome, run_id: str) -> str:
    with suppress(TimeoutError):
        until(lambda: full.is_gone(run_id))
        return "gone"
    return "still there"


def _step_rm(full: FullHome) -> str:
    run_id = full.runs.pop()
    done = full.command("rm", run_id)
    return f"{done.returncode} {_gone(full, run_id)}"


def _step_stop(full: FullHome) -> str:
    return str(full.server.end())


def _step_ls(full: FullHome) -> str:
    done = full.command("ls")
    seen = sum(run_id in done.stdout for run_id in full.runs)
    return f"{done.returncode}, {seen} of {len(full.runs)}"


def _step_serve(full: FullHome) -> str:
    full.server.start()
    answer = full.server.get("/runs")
    return f"{answer.status}, {len(answer.json['runs'])} of {len(full.runs)}"


def _step_start_again(full: FullHome) -> str:
    (full.home / "filler").unlink()
    return str(until(lambda: _accepted(full.server)))


def _accepted(server: Server) -> int | None:
    status = server.post("/runs", {"baseModel": "exits-3"}).status
    return status if status == 202 else None


STEPS: tuple[Callable[[FullHome], str], ...] = (
    _step_keep_a_login,
    _step_log_in,
    _step_start,
    _step_doctor,
    _step_delete,
    _step_rm,
    _step_stop,
    _step_ls,
    _step_doctor,
    _step_rm,
    _step_serve,
    _step_log_in,
    _step_delete,
    _step_rm,
    _step_start_again,
)


def play(home: Path) -> Iterator[str]:
    full = FullHome(home)
    full.server.start()
    for step in STEPS:
        full.fill()
        yield f"{step.__name__.removeprefix('_step_').replace('_', ' ')}: {step(full)}"
    full.server.end()


if __name__ == "__main__":
    for told in play(Path(sys.argv[1])):
        print(told, flush=True)
