"""Scenes that need a process of their own: one that is init, out of means, or on another disk.

    python -m tests.faults.scenes SCENE HOME      prints what it got as one line, last

The tests start them under unshare(1), strace(1) or plainly; each acts on real recorders and
children, and says in words what it saw.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.conftest import TRAINER
from tests.real import until

from lastwords.config import Config
from lastwords.folders import runfolder
from lastwords.folders.runfolder import AttemptFolder
from lastwords.recording import notices, processes, recorder
from lastwords.records import FINAL, LastwordsError, Run
from lastwords.store.runs import Store
from lastwords.supervision.supervisor import Supervisor


def supervisor_of(home: Path, **settings: Any) -> Supervisor:
    """A supervisor of a home on whatever disk this process sees there."""
    runfolder.make_home(home)
    (home / "data.jsonl").touch()
    config = Config(
        home=home,
        trainer_command=TRAINER,
        grace_seconds=0.3,
        defaults={"dataFile": "data.jsonl"},
    )
    return Supervisor(replace(config, **settings), Store(config.database))


def begin(supervisor: Supervisor, mode: str) -> tuple[Run, AttemptFolder]:
    run = supervisor.create({"baseModel": mode}, "a scene")
    supervisor.start_queued()
    return run, supervisor.folder(run)


def ended(supervisor: Supervisor, run: Run) -> Run:
    def look() -> Run | None:
        supervisor.settle()
        found = supervisor.store.run(run.id)
        return found if found.status in FINAL else None

    return until(look)


def outcome(run: Run) -> str:
    return f"{run.status}/{run.reason}"


def child_of(folder: AttemptFolder) -> processes.Identity:
    fact = until(lambda: runfolder.read_fact(folder.child))
    return processes.Identity.from_json(fact)


def kill_recorder(folder: AttemptFolder) -> None:
    child_of(folder)  # from then on child.json names the recorder too
    identity = recorder.recorder_identity(folder)
    assert identity is not None
    processes.send_signal(identity, signal.SIGKILL)
    until(lambda: not recorder.is_recorded(folder))


# --- as init of a process namespace --------------------------------------------------------------


def zombie(home: Path) -> str:
    """Orphans come to us, and nobody reaps them: the dead child stays a zombie."""
    processes.become_subreaper()
    supervisor = supervisor_of(home)
    run, folder = begin(supervisor, "counts-150-then-exits-7")
    child = child_of(folder)
    kill_recorder(folder)
    until(lambda: "Z" in (processes.stat_fields(child.pid) or "Z")[0])
    found = ended(supervisor_of(home), run)
    return f"{outcome(found)} {found.exit_code}"


def reused_pid(home: Path) -> str:
    """The dead child's pid is given to an innocent process before anybody looks."""
    supervisor = supervisor_of(home)
    run, folder = begin(supervisor, "hangs")
    child = child_of(folder)
    kill_recorder(folder)
    processes.send_signal(child, signal.SIGKILL)
    until(lambda: _reap() and processes.identify(child.pid) is None)
    Path("/proc/sys/kernel/ns_last_pid").write_text(str(child.pid - 1))
    with subprocess.Popen(["sleep", "60"]) as innocent:
        assert innocent.pid == child.pid, f"{innocent.pid} is not {child.pid}"
        later = supervisor_of(home)
        runfolder.write_once(folder.stop, {"by": "us", "at": "x", "reason": "y", "signal": 15})
        found = ended(later, run)
        lives = innocent.poll() is None
        innocent.kill()
    return f"{outcome(found)}, the innocent {'lives' if lives else 'was killed'}"


def _reap() -> bool:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    return True


# --- as a unit of systemd ------------------------------------------------------------------------


def restarted_unit(home: Path) -> str:
    """The server is the unit web.service, which an admin restarts while it runs a training."""
    supervisor = supervisor_of(home)
    subprocess.run(["systemctl", "start", "web.service"], check=True)
    run = supervisor.create({"baseModel": "counts-200-then-waits-then-trains"}, "a scene")
    folder = supervisor.folder(run)
    until(lambda: folder.log.exists() and folder.log.stat().st_size > 10_000)
    subprocess.run(["systemctl", "restart", "web.service"], check=True)
    (folder.path / "go").touch()
    found = until(lambda: _final(supervisor.store.run(run.id)))
    return f"{outcome(found)}, attempt {found.attempt}"


def _final(run: Run) -> Run | None:
    return run if run.status in FINAL else None


# --- without means -------------------------------------------------------------------------------


def settle_once(home: Path) -> str:
    """Settle, whatever a tracer makes of our system calls, and tell all statuses and flags."""
    supervisor = supervisor_of(home)
    supervisor.settle()
    active = supervisor.store.active()
    return " ".join(f"{run.status}+{','.join(f['flag'] for f in run.flags)}" for run in active)


# --- on a disk of their own ----------------------------------------------------------------------


def mounted(home: Path, options: str) -> None:
    home.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"mode=700,{options}", "none", home], check=True)


def full_disk(home: Path) -> str:
    """A training fills the disk by what it saves; its last words are about it."""
    mounted(home, "size=24m")
    supervisor = supervisor_of(home)
    run, folder = begin(supervisor, "counts-50-then-fills-disk")
    found = ended(supervisor, run)
    log = folder.log.read_bytes()
    whole = log.rstrip().endswith(b"OSError: [Errno 28] No space left on device")
    kept = sum(line.startswith(b"00000000") for line in log.split(b"\n"))
    return f"{outcome(found)}, {found.cause}, {kept} lines, traceback {'whole' if whole else 'cut'}"


def no_inodes(home: Path) -> str:
    """Not one more file can be made: a new run is refused, and nothing is left of it."""
    mounted(home, "size=24m,nr_inodes=64")
    supervisor = supervisor_of(home)
    with suppress(OSError):
        for number in range(100):
            (home / f"filler-{number}").touch()
    try:
        supervisor.create({"baseModel": "trains"}, "a scene")
    except LastwordsError as error:
        left = list(runfolder.all_run_ids(home))
        return f"{type(error).__name__}, {len(left)} folders, {len(supervisor.store.active())} rows"
    return "accepted"


def inodes_run_out(home: Path) -> str:
    """A run was accepted, and at its start no file can be made any more."""
    mounted(home, "size=24m,nr_inodes=64")
    supervisor = supervisor_of(home)
    run = supervisor.create({"baseModel": "trains"}, "a scene")
    with suppress(OSError):
        for number in range(100):
            (home / f"filler-{number}").touch()
    supervisor.start_queued()
    return outcome(ended(supervisor, run))


def unmounted(home: Path) -> str:
    """The runs' disk is taken away under one that has a time limit and one that is paused."""
    runfolder.make_home(home)
    mounted(runfolder.runs_folder(home), "size=24m")
    supervisor = supervisor_of(home, max_running=2, max_log_bytes=5000)
    limited = supervisor.create({"baseModel": "hangs", "timeLimitSeconds": 2}, "a scene")
    paused, folder = begin(supervisor, "counts-500-then-hangs")
    until(lambda: any(told["notice"] == "log_quota" for told in notices.told(folder)))
    folders = [supervisor.folder(run) for run in (limited, paused)]
    recorders = [recorder.recorder_identity(folder) for folder in folders]
    living = [*map(child_of, folders), *filter(None, recorders)]
    subprocess.run(["umount", "-l", runfolder.runs_folder(home)], check=True)
    until(lambda: not any(map(processes.is_alive, living)))
    return ", ".join(outcome(ended(supervisor, run)) for run in (limited, paused))


# --- the database --------------------------------------------------------------------------------


def write_rows(home: Path) -> str:
    """Make runs final, one after the other, and say so of each once that is durable."""
    supervisor = supervisor_of(home)
    for _ in range(20):
        run = supervisor.create({"baseModel": "trains"}, "a scene")
        supervisor.cancel(run.id, "a scene")
        print("final", run.id, flush=True)
    return "all"


def run_to_end(home: Path) -> str:
    """Start what is queued and settle it, as the watch does, for as long as it takes."""
    supervisor = supervisor_of(home)
    deadline = time.monotonic() + 60
    while active := supervisor.settle():
        supervisor.start_queued(active)
        if time.monotonic() > deadline:
            return "never"
        time.sleep(0.02)
    return "settled"


SCENES: dict[str, Callable[[Path], str]] = {
    act.__name__: act
    for act in (
        zombie,
        reused_pid,
        restarted_unit,
        settle_once,
        full_disk,
        no_inodes,
        inodes_run_out,
        unmounted,
        write_rows,
        run_to_end,
    )
}


if __name__ == "__main__":
    print(SCENES[sys.argv[1]](Path(sys.argv[2])), flush=True)
