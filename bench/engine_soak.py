"""Runs on a real engine, as its parts, recorders and the server are killed at random.

    python -m bench.engine_soak [ray | slurm] [--runs N] [--seed 1]

Oracles: each line that a run printed can be made again from its number; what the server has of a
log is what its machine has, or, where the machine died and its spool is not read, all but its last
two seconds; the status is one that the run earned. Ends with 1 if anything was wrong.

Another engine needs its faults, as `ray_faults` are, and a Place: see `engines`.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from tests.engines.cluster import Cluster
from tests.engines.ray_kit import RayCluster
from tests.real import Server, until

from bench.engines import Place, place_run, ray_place, server_of, slurm_place
from lastwords.executors.placed import job_of
from lastwords.folders import runfolder
from lastwords.folders.runfolder import AttemptFolder, read_fact

PRINTER = """
import sys, time
for n in range(int(sys.argv[1])):
    print(f"{n:07d} " + "x" * 91, flush=True)
    time.sleep(0.01)
sys.exit(int(sys.argv[2]))
"""
LINE_BYTES, A_SECOND = 100, 100  # lines
UNSENT_SECONDS = 2  # of a log, that a machine takes with it
PATIENCE, AT_ONCE = 200.0, 40.0


@dataclass
class Sent:
    """A run, and what may become of it."""

    run: str
    lines: int
    may_end: set[str]
    dies_with_machine: bool = False
    may_start_again: bool = False
    is_adopted: bool = False


@dataclass
class Scene:
    engine: Place
    server: Server
    spool: Path
    chance: random.Random
    sent: list[Sent] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    partitions: tuple[str, ...] = ()  # that runs are placed in by turns of chance
    revive: Callable[[], None] = lambda: None  # have nodes take jobs that the engine has take none
    done: Counter[str] = field(default_factory=Counter)

    @property
    def going(self) -> list[Sent]:
        return [one for one in self.sent if not self.end_of(one)]

    def end_of(self, one: Sent) -> str | None:
        """Its status and reason, once it is final."""
        told = self.server.run(one.run)
        final = told["status"] in ("completed", "failed", "cancelled", "lost")
        return f"{told['status']}/{told['reason']}" if final else None

    def log_of(self, one: Sent, attempt: int = 1) -> bytes:
        path = runfolder.attempt_folder(self.server.home, one.run, attempt).log
        return path.read_bytes() if path.exists() else b""


def wait(scene: Scene, found: Callable[[], object]) -> None:
    """A slurmctld that was killed gives a job's number away again, and drains a node that still has
    a job of it: what is placed there would wait for ever.
    """
    try:
        until(found, AT_ONCE)
    except TimeoutError:
        scene.revive()
        until(found, PATIENCE)


def place(scene: Scene) -> None:
    """A run that says something before anything happens to it."""
    lines, code = scene.chance.randint(600, 1500), scene.chance.choice((0, 3))
    words = [sys.executable, "-c", PRINTER, str(lines), str(code)]
    parts = scene.partitions
    flags = ("--partition", scene.chance.choice(parts)) if parts else ()
    run = place_run(scene.server, scene.engine, *words, flags=flags)
    earned = "failed/exit_code" if code else "completed/ok"
    scene.sent.append(Sent(run, lines, {earned}))


def kill_server(scene: Scene) -> None:
    scene.server.end(signal.SIGKILL)
    time.sleep(scene.chance.uniform(0, 3))
    scene.server.start()


def kill_recorder(scene: Scene) -> None:
    """That of the newest run, whose machine is there; in its namespace its pid is another.

    What sends the run watches its child then, and has the kernel's word on its end: its own, or,
    half of the time, SIGKILL, where the child goes before its recorder can see that. Only where
    nobody watched yet nobody can tell.
    """
    one = scene.sent[-1]
    folder = folder_there(scene, one)
    pid = recorder_of(folder) if folder else None
    if pid is None:
        raise RuntimeError(f"no recorder of {one.run} is found in {scene.spool}")
    child = int((read_fact(folder.child) or {})["pid"]) if folder else 0
    one.is_adopted = Path(f"/proc/{child}").exists()
    if scene.chance.random() < 0.5:
        os.kill(pid, signal.SIGKILL)
        return
    os.kill(pid, signal.SIGSTOP)  # so that it does not see the end of its child
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
        one.may_end = {"failed/killed_by_SIGKILL", "lost/recorder_lost"}
    os.kill(pid, signal.SIGKILL)


def kill_node(cluster: RayCluster, scene: Scene) -> None:
    for one in scene.going:
        one.may_end |= {"lost/node_failed"}
        one.dies_with_machine = True
    cluster.kill("node")
    cluster.start_node()


def kill_head(cluster: RayCluster, scene: Scene) -> None:
    """It comes back without its memory, at which Ray ends on its nodes; others are waited for."""
    hurt = [one for one in scene.sent if one.dies_with_machine]
    until(lambda: not [one for one in hurt if not scene.end_of(one)], PATIENCE)
    place(scene)
    until(lambda: scene.log_of(scene.sent[-1]))
    cluster.kill("head")
    if scene.chance.random() < 0.5:
        until(lambda: not scene.going, PATIENCE)
    for one in scene.going:
        one.may_end |= {"failed/launcher_gone"}
    cluster.start_alone()
    until(lambda: not scene.going, PATIENCE)
    cluster.revive()


def kill_daemon(cluster: Cluster, scene: Scene) -> None:
    """The slurmd of a node, which jobs do not need once they run."""
    name = scene.chance.choice(("n1", "n2"))
    cluster.kill(name)
    time.sleep(scene.chance.uniform(0, 3))
    cluster.begin_node(name)


def kill_controller(cluster: Cluster, scene: Scene) -> None:
    """Half of the time just after sbatch, when it may not have noted the job yet."""
    if scene.chance.random() < 0.5:
        place(scene)
        until(lambda: job_of(runfolder.attempt_folder(scene.server.home, scene.sent[-1].run, 1)))
        scene.sent[-1].may_end |= {"failed/launch_failed"}
    cluster.kill("slurmctld")
    time.sleep(scene.chance.uniform(0, 3))
    cluster.begin_controller()
    known = until(lambda: cluster.ask("squeue", "--noheader", "--states=all", "--format=%j."))
    waiting = cluster.ask("squeue", "--noheader", "--states=PENDING", "--format=%j.")
    for one in scene.going:
        if f"lw-{one.run}-" in waiting:  # its start was not noted: it is killed, and made again
            one.may_start_again = True
            scene.done["starts forgotten by slurmctld"] += 1
        elif f"lw-{one.run}-" not in known:  # not noted: Slurm ends what it does not know
            one.may_end |= {"failed/launcher_gone", "cancelled/stopped_by_scheduler"}
            scene.done["forgotten by slurmctld"] += 1


def kill_machine(cluster: Cluster, scene: Scene) -> None:
    """A slurmd and all of its jobs, stopped first so that none tells of another's end."""
    one = scene.sent[-1]
    job = job_of(runfolder.attempt_folder(scene.server.home, one.run, 1))
    node = until(lambda: cluster.ask("squeue", "--noheader", f"--jobs={job}", "--format=%N"))
    jobs = set(cluster.ask("squeue", "--noheader", f"--nodelist={node}", "--format=%i").split())
    for other in scene.going:
        if job_of(runfolder.attempt_folder(scene.server.home, other.run, 1)) in jobs:
            other.may_start_again = True
    cluster.kill(node)
    there = [pid for each in jobs for pid in cluster.of_job(each)]
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for pid in there:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
    cluster.ask("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=died")
    cluster.begin_node(node)
    cluster.ask("scontrol", "update", f"NodeName={node}", "State=RESUME")


Faults = Mapping[str, Callable[[Scene], None]]
Ready = tuple[Place, Faults, Callable[[], None]]  # an engine, and what revives it
FAULTS: Faults = {"server": kill_server, "recorder": kill_recorder}  # on every engine


def ray_faults(cluster: RayCluster) -> Faults:
    return {**FAULTS, "node": partial(kill_node, cluster), "head": partial(kill_head, cluster)}


def slurm_faults(cluster: Cluster) -> Faults:
    return {
        **FAULTS,
        "slurmd": partial(kill_daemon, cluster),
        "slurmctld": partial(kill_controller, cluster),
        "machine": partial(kill_machine, cluster),
    }


def folder_there(scene: Scene, one: Sent, attempt: int = 1) -> AttemptFolder | None:
    """The folder of a run where it was recorded; its `uid` is the same on both sides."""
    own = runfolder.attempt_folder(scene.server.home, one.run, attempt)
    here = runfolder.read_shipment(own) or {}
    for run in runfolder.all_run_ids(scene.spool):
        folder = runfolder.attempt_folder(scene.spool, run, 1)
        if (runfolder.read_spec(folder) or {}).get("uid") == here.get("uid", ""):
            return folder
    return None


def recorder_of(folder: AttemptFolder) -> int | None:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            words = path.read_bytes()
            if b"recording.entry" in words and os.fsencode(folder.path) in words:
                return int(path.parent.name)
    return None


def look_at(scene: Scene, one: Sent) -> None:
    """Whether a run ended as it earned, with all of its log, in each of its attempts."""
    told = scene.server.run(one.run)
    earlier = one.may_end | (
        {"lost/node_failed", "lost/requeued", "cancelled/requeued"}
        if one.may_start_again
        else set()
    )
    for attempt in told["attempts"]:
        is_last = attempt["number"] == told["attempt"]
        look_at_attempt(scene, one, attempt, one.may_end if is_last else earlier)
    if len(told["attempts"]) > 1 and not one.may_start_again:
        scene.wrong.append(
            f"{one.run} was started again, and nothing was killed for which it may be"
        )
    if one.is_adopted and len(told["attempts"]) == 1:
        scene.done["adopted"] += 1
        if "adopted" not in [flag["flag"] for flag in told["flags"]]:
            scene.wrong.append(f"{one.run} does not say that its recorder died")


def look_at_attempt(scene: Scene, one: Sent, attempt: Mapping[str, Any], may_end: set[str]) -> None:
    number = attempt["number"]
    ended, log = f"{attempt['status']}/{attempt['reason']}", scene.log_of(one, number)
    if ended not in may_end:
        scene.done["wrong statuses"] += 1
        scene.wrong.append(f"{one.run}/{number} is {ended}, and not one of {sorted(may_end)}")
    printed = b"".join(b"%07d " % n + b"x" * 91 + b"\n" for n in range(one.lines))
    if not printed.startswith(log):
        scene.wrong.append(f"{one.run}: its log is not what it printed")
    folder = folder_there(scene, one, number)
    there = folder.log.stat().st_size if folder else 0
    allowed = UNSENT_SECONDS * A_SECOND * LINE_BYTES if one.dies_with_machine else 0
    if there - len(log) > allowed:
        scene.wrong.append(f"{one.run}: {there - len(log):,} bytes of its log are missing")
    if ended in ("completed/ok", "failed/exit_code") and log != printed:
        scene.wrong.append(
            f"{one.run} ended by itself, with {len(log):,} of {len(printed):,} bytes"
        )
    scene.done["bytes of log"] += len(log)
    scene.done["bytes lost"] += there - len(log)
    scene.done[str(ended)] += 1
    told = (runfolder.read_result(folder) if folder else None) or {}
    scene.done["ends told after their recorder was killed"] += bool(told.get("adopted"))


def soak(scene: Scene, faults: Faults, runs: int) -> None:
    left = list(faults) * (runs // len(faults) + 1)
    while len(scene.sent) < runs:
        place(scene)
        wait(scene, lambda: scene.log_of(scene.sent[-1]))
        time.sleep(scene.chance.uniform(0, 2))
        if not scene.going:
            continue
        fault = left.pop(scene.chance.randrange(len(left)))
        print(f"{len(scene.sent)} runs, to be killed: {fault}", file=sys.stderr, flush=True)
        faults[fault](scene)
        scene.done[f"kills of {fault}"] += 1
    wait(scene, lambda: not scene.going)
    scene.done["wrong statuses"] = 0
    for one in scene.sent:
        look_at(scene, one)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.engine_soak", description=__doc__)
    parser.add_argument("engine", nargs="?", choices=list(ENGINES), default="ray")
    parser.add_argument("--runs", type=int, help="10, or 20 on Slurm")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lwe") as folder:
        return _main(Path(folder), options)


@contextmanager
def on_ray(folder: Path) -> Iterator[Ready]:
    cluster = RayCluster()
    try:
        yield ray_place(cluster.start(), folder), ray_faults(cluster), lambda: None
    finally:
        cluster.close()


@contextmanager
def on_slurm(folder: Path) -> Iterator[Ready]:
    (folder / "slurm").mkdir()
    cluster = Cluster(folder / "slurm")
    try:
        cluster.start()
        yield slurm_place(cluster, folder), slurm_faults(cluster), cluster.revive
    finally:
        cluster.end()


ENGINES = {"ray": on_ray, "slurm": on_slurm}


def _main(folder: Path, options: Any) -> int:
    is_slurm = options.engine == "slurm"
    with (
        ENGINES[options.engine](folder) as (engine, faults, revive),
        server_of(folder, engine, LASTWORDS_GRACE_SECONDS="1") as server,
    ):
        scene = Scene(engine, server, folder / "spool", random.Random(options.seed))
        scene.revive = revive
        scene.partitions = ("main", "second") if is_slurm else ()
        soak(scene, faults, options.runs or (20 if is_slurm else 10))
    print(", ".join(f"{count:,} {name}" for name, count in sorted(scene.done.items())))
    print("\n".join(scene.wrong) or "nothing was wrong")
    return int(bool(scene.wrong))


if __name__ == "__main__":
    sys.exit(main())
