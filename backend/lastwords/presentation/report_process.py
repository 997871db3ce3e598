"""The report of a run with a long log, written by a process of its own.

To read, explain and mask megabytes takes seconds of a core, in which Python lets no other thread
do anything: here nobody else waits. The process gets what it needs on stdin, secrets too, and the
environment of this one, whose secrets are masked as well.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lastwords.config import SETTINGS, Config
from lastwords.folders.runfolder import attempt_folder
from lastwords.presentation.report import Overflow, Report, write_report
from lastwords.presentation.runs import Json
from lastwords.records import FINAL, Run, Status
from lastwords.supervision.single_flight import SingleFlight

AT_ONCE = 256 << 10  # bytes of a log whose report is written here
PROCESSES = 2  # at a time
NICE = 5  # the server comes first

_flights = SingleFlight[Report]()
_places = threading.Semaphore(PROCESSES)
_Key = tuple[
    str, int, int, int
]  # what is asked for, and the versions of the log and of what lies beside it
_last: dict[str, tuple[_Key, Report]] = {}  # one: it may be as large as its error


class ReportFailed(Exception):
    """The process that writes a report has ended without one."""


def report_of(
    config: Config, run: Run, changes: Json | None = None, link: str | None = None
) -> Report:
    """The report of a run, which takes no more than a moment of this process.

    Raises: ReportFailed.
    """
    folder = attempt_folder(config.home, run.id, run.attempt, run.member)
    if folder.log_size <= AT_ONCE:
        return write_report(config, run, changes, link)
    asked = json.dumps(_asked(config, run) | {"changes": changes, "link": link})
    if run.status not in FINAL:
        return _flights.do(asked, lambda: _by_process(asked))
    log = folder.log.stat()
    key = (asked, log.st_size, log.st_mtime_ns, folder.path.stat().st_mtime_ns)
    return _flights.do(key, lambda: _remembered(key))


def _remembered(key: _Key) -> Report:
    """The report that was written last, if it is this one: its rest is asked for next."""
    last = _last.get("report")
    if last is None or last[0] != key:
        last = _last["report"] = key, _by_process(key[0])
    return last[1]


def _by_process(asked: str) -> Report:
    package_root = str(Path(__file__).parents[2])
    code = f"import sys; sys.path.insert(0, {package_root!r}); from {__name__} import main; main()"
    with _places:
        done = subprocess.run(
            [sys.executable, "-I", "-c", code], input=asked.encode(), capture_output=True
        )
    if done.returncode:
        words = done.stderr.decode("utf-8", errors="replace").strip().rpartition("\n")[2]
        raise ReportFailed(f"exit code {done.returncode}: {words}")
    told = json.loads(done.stdout)
    return Report(told["text"], Overflow(**told["overflow"]) if told["overflow"] else None)


def _asked(config: Config, run: Run) -> dict[str, Any]:
    names = [setting.name for setting in SETTINGS if setting.metadata["secret"]]
    secrets = {name: getattr(config, name) for name in names}
    return {"home": str(config.home), "secrets": secrets, "run": asdict(run)}


def main() -> None:
    """Write the report that stdin asks for to stdout."""
    os.nice(NICE)
    asked: Mapping[str, Any] = json.load(sys.stdin)
    config = Config(home=Path(asked["home"]), **asked["secrets"])
    run = Run(**asked["run"] | {"status": Status(asked["run"]["status"])})
    json.dump(
        asdict(write_report(config, run, asked.get("changes"), asked.get("link"))), sys.stdout
    )
