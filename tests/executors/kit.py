"""A server with engines for tests: in this process, so that an engine that lies can be given to it.

What an engine starts are real processes of the real worker, which claim, record and send by HTTP.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from tests.executors.memory import ENTER, limited_group, remove_group
from tests.real import clean_environment, until
from werkzeug.serving import BaseWSGIServer, make_server

from lastwords.api import close
from lastwords.api.services import EXTENSION, Services
from lastwords.cli.archive import write_archive
from lastwords.config import Config
from lastwords.executors import Executors
from lastwords.executors.engines import (
    Ended,
    Engine,
    EngineAway,
    EngineRefused,
    JobState,
    Resources,
)
from lastwords.executors.placed import PlacedExecutor
from lastwords.executors.slurm import SCRIPT
from lastwords.folders import runfolder
from lastwords.folders.runfolder import AttemptFolder
from lastwords.records import FINAL, Run
from lastwords.server.app import create_app
from lastwords.supervision.placing_commands import queue_command

TOKEN = "token-of-the-tests-0123456789"


@dataclass
class Fake:
    """An engine of processes on this machine, which can be made to lie."""

    place: Path
    url: str = ""
    name: str = "fake"
    starts_again: bool = True
    is_away: str = ""
    refuses: str = ""
    loses_answer: bool = False  # of the next submission, which is done all the same
    holds: bool = False  # what is submitted waits in the queue
    says: dict[str, JobState] = field(default_factory=dict)
    forgets: set[str] = field(default_factory=set)
    submitted: list[tuple[str, Resources]] = field(default_factory=list)
    environments: list[Mapping[str, str]] = field(default_factory=list)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    waiting: dict[str, Mapping[str, str]] = field(default_factory=dict)
    others: dict[str, list[subprocess.Popen[bytes]]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    cancelled: list[str] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)
    keeps_back: set[int] = field(default_factory=set)  # ranks that never start
    looked_up: int = 0
    ends_others: bool = False  # of a job, as one of its ranks fails
    groups: dict[str, Path] = field(default_factory=dict)  # of jobs with a memory limit
    restarts: dict[str, int] = field(default_factory=dict)
    before: dict[str, Ended] = field(default_factory=dict)  # how the start before ended

    def submit(self, name: str, environment: Mapping[str, str], wanted: Resources) -> str:
        self._check()
        if self.refuses:
            raise EngineRefused(self.refuses)
        job = str(len(self.names) + 1)
        self.names[job] = name
        self.submitted.append((name, wanted))
        self.environments.append(environment)
        self.waiting[job] = environment
        self.sizes[job] = wanted.nodes
        if wanted.memory:
            self.groups[job] = limited_group(wanted.memory)
        if not self.holds:
            self.begin(job)
        if self.loses_answer:
            self.loses_answer = False
            raise EngineAway("the answer was lost")
        return job

    def begin(self, job: str) -> None:
        """Let a job leave the queue, the last of its ranks first."""
        environment = dict(self.waiting.pop(job))
        size = self.sizes[job]
        ranks = [rank for rank in reversed(range(size)) if rank not in self.keeps_back]
        for rank in ranks:
            told = {"LASTWORDS_RANK": str(rank), "LASTWORDS_RANKS": str(size)}
            begun = self._begin(f"{job}.{rank}" if rank else job, environment | told)
            self.others.setdefault(job, []).append(begun)
        self.processes[job] = self.others[job].pop()

    def _begin(self, name: str, environment: dict[str, str]) -> subprocess.Popen[bytes]:
        more = {"LW_PYTHON": sys.executable, "LW_PYZ": str(self.place / "lw.pyz")}
        more |= {"LASTWORDS_TO": self.url, "LASTWORDS_SPOOL": str(self.place / "spool")}
        group = self.groups.get(name)
        enter = ["/bin/sh", "-c", ENTER, "sh", str(group)] if group else []
        with (self.place / f"{name}.err").open("wb") as errors:
            return subprocess.Popen(
                [*enter, "/bin/sh", "-c", SCRIPT.decode().partition("\n")[2]],
                env=clean_environment(HOME=str(self.place)) | more | environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,
            )

    def requeue(self, job: str, before: Ended = "requeued") -> None:
        """End a job, and have it wait for its next start."""
        for process in (self.processes.pop(job), *self.others.pop(job)):
            process.terminate()
            process.wait(60)
        self.wait_again(job, before)

    def wait_again(self, job: str, before: Ended = "requeued") -> None:
        """Say that a job waits for its next start, whatever became of the one before."""
        self.before[job] = before
        self.restarts[job] = self.restarts.get(job, 0) + 1
        again = {"SLURM_JOB_ID": job, "SLURM_RESTART_COUNT": str(self.restarts[job])}
        self.waiting[job] = {**self.environments[int(job) - 1], **again}

    def forget(self, job: str) -> None:
        """Know a job no more, as a controller that lost its state."""
        self.forgets.add(job)
        self.names[job] = ""

    def look_up(self, name: str) -> str | None:
        self._check()
        self.looked_up += 1
        return next((job for job, known in self.names.items() if known == name), None)

    def jobs(self) -> Mapping[str, JobState]:
        self._check()
        found = {
            job: replace(
                self._state(job), restarts=self.restarts.get(job, 0), before=self.before.get(job)
            )
            for job in self.names
        }
        return {job: state for job, state in found.items() if job not in self.forgets}

    def _state(self, job: str) -> JobState:
        if job in self.says:
            return self.says[job]
        if job in self.waiting:
            return JobState("queued", "Resources")
        if job not in self.processes:
            return JobState("ended", "CANCELLED", None, "cancelled")
        codes = [process.poll() for process in (self.processes[job], *self.others[job])]
        if None in codes:
            if self.ends_others and any(codes):
                for process in (self.processes[job], *self.others[job]):
                    process.terminate()
            return JobState("running", "RUNNING")
        code = max(code or 0 for code in codes)
        return JobState("ended", f"exit {code}", code, "failed" if code else "completed")

    def cancel(self, job: str) -> None:
        self._check()
        self.cancelled.append(job)
        self.waiting.pop(job, None)
        if job in self.processes:
            for process in (self.processes[job], *self.others[job]):
                process.terminate()

    def _check(self) -> None:
        if self.is_away:
            raise EngineAway(self.is_away)

    def end(self) -> None:
        begun = [
            *self.processes.values(),
            *(each for some in self.others.values() for each in some),
        ]
        for process in begun:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in begun:
            with suppress(subprocess.TimeoutExpired):
                process.wait(15)
            process.kill()
            process.wait()
        for group in self.groups.values():
            remove_group(group)


class Site:
    """A server of one home in this process."""

    def __init__(
        self,
        home: Path,
        engine: Callable[[str], Engine],
        host: str = "127.0.0.1",
        patience: float = 2.0,
        spool: Path | None = None,
    ) -> None:
        runfolder.make_home(home)
        self.config = Config(
            home=home,
            token=TOKEN,
            grace_seconds=1.0,
            allowed_hosts=(host,),
            defaults={"dataFile": "data.jsonl"},
        )
        self.app = create_app(self.config)
        self.services: Services = self.app.extensions[EXTENSION]
        self.http: BaseWSGIServer = make_server(host, 0, self.app, threaded=True)
        self.engine = engine(f"http://{host}:{self.http.server_port}")
        executors = Executors()
        self.placed = PlacedExecutor(self.engine, patience, every=0.2, spool=spool)
        executors.add(self.placed)
        self.services.supervisor.executor = executors
        self._thread = threading.Thread(target=self.http.serve_forever, args=[0.05], daemon=True)
        self._thread.start()
        self.services.watch.ensure_started()

    @property
    def client(self) -> FlaskClient:
        client = self.app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {TOKEN}"
        return client

    def place(self, command: Sequence[str], **wanted: Any) -> str:
        """Have a command placed on the engine; the run's id."""
        asked = {"kind": "command", "name": None, "expect": wanted.pop("expect", [])}
        whole = {"executor": self.engine.name, **wanted}
        return queue_command(self.services.supervisor, command, asked, whole, "a test").id

    def run(self, run_id: str) -> Run:
        return self.services.store.run(run_id)

    def folder(self, run_id: str, number: int = 1) -> AttemptFolder:
        return runfolder.attempt_folder(self.config.home, run_id, number)

    def ended(self, run_id: str, seconds: float = 90.0) -> Run:
        """The run, once it is final."""

        def look() -> Run | None:
            run = self.run(run_id)
            return run if run.status in FINAL else None

        return until(look, seconds)

    def says(self, run_id: str, words: bytes) -> bytes:
        """Its log here, once it holds these words."""
        log = self.folder(run_id).log
        return until(lambda: words in (text := log.read_bytes() if log.exists() else b"") and text)

    def flag(self, run_id: str, name: str) -> str:
        """What a flag says, once it is held."""

        def look() -> str | None:
            found = [flag["detail"] for flag in self.run(run_id).flags if flag["flag"] == name]
            return found[0] if found else None

        return until(look)

    def close(self) -> None:
        self.http.shutdown()
        self._thread.join()
        self.http.server_close()
        self.placed.close()
        close(self.app)


def archive(place: Path) -> Path:
    """The worker in one file."""
    path = place / "lw.pyz"
    if not path.exists():
        write_archive(path)
    return path
