"""Runs of other machines for a while, as machines, wires and the server fail at random.

    python -m bench.ship_soak [--minutes 20] [--runs 30] [--machines 5] [--seed 1] [--json]

So many runs at once are sent to one server through proxies that are cut, cut bodies in the middle
and drop answers; what sends them, their recorders and the server are killed and halted, and the
server loses the end of logs as by a power cut. Oracles: each line that a run printed can be made
again from its number; every stream here is what it is there; the status is one that the run earned;
and no run is shown as ended that has not. Ends with 1 if anything was wrong.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from tests.real import Server, until
from tests.shipping.kit import BadWire, Worker, differing_streams, token_of

from lastwords.folders import runfolder
from lastwords.folders.runfolder import AttemptFolder, UnreadableFact
from lastwords.recording import processes, recorder
from lastwords.records import FINAL

RUNS, MACHINES = 30, 5
SECONDS = 10.0, 240.0  # that a run takes, at least and at most
DRAIN = 300.0  # after the last fault, until everything has to be there
LOST = "lost/recorder_lost"
STOPPED = "cancelled/stopped_by_user", "cancelled/stop_forced"
# What a run does at its end, and the status that it earns so.
ENDS = {
    "pass": "completed/ok",
    "sys.exit(3)": "failed/exit_code",
    "raise KeyError('label')": "failed/exit_code",
    "os.kill(os.getpid(), 9)": "failed/killed_by_SIGKILL",
}
PRINTER = """
import os, sys, time
lines, width, pause = map(float, sys.argv[1:])
for n in range(int(lines)):
    print(f"{n:07d} " + "x" * int(width), flush=True)
    time.sleep(pause)
"""


@dataclass
class Sent:
    """A run of another machine, and how it may end."""

    machine: Machine
    folder: AttemptFolder
    lines: int
    width: int
    may_end: set[str]
    there: str | None = None  # what the server calls it

    @property
    def printed(self) -> bytes:
        """All that it prints by itself."""
        return b"".join(b"%07d " % n + b"x" * self.width + b"\n" for n in range(self.lines))

    @property
    def has_ended(self) -> bool:
        return self.folder.result.exists()

    def name_there(self) -> str | None:
        with suppress(UnreadableFact):
            told = runfolder.read_fact(self.folder.path / "shipped.json") or {}
            self.there = self.there or told.get("run")
        return self.there


@dataclass
class Machine:
    worker: Worker
    wire: BadWire
    sent: list[Sent] = field(default_factory=list)

    @property
    def running(self) -> list[Sent]:
        return [one for one in self.sent if not one.has_ended]


@dataclass
class Scene:
    """One server and the machines that send to it."""

    server: Server
    machines: list[Machine]
    chance: random.Random
    wrong: list[str] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def sent(self) -> list[Sent]:
        return [one for machine in self.machines for one in machine.sent]


# --- what goes wrong -----------------------------------------------------------------------------

Fault = Callable[[Scene, random.Random], None]


def kill_server(scene: Scene, chance: random.Random) -> None:
    scene.server.end(signal.SIGKILL)
    scene.over.wait(chance.uniform(0, 8))
    _start(scene.server)


def halt_server(scene: Scene, chance: random.Random) -> None:
    assert scene.server.process
    scene.server.process.send_signal(signal.SIGSTOP)
    scene.over.wait(chance.uniform(0.2, 6))
    scene.server.process.send_signal(signal.SIGCONT)


def cut_power(scene: Scene, chance: random.Random) -> None:
    """The server dies, and the end of a log that is still coming was not on its disk."""
    scene.server.end(signal.SIGKILL)
    running = (one for machine in scene.machines for one in machine.running)
    names = [name for one in running if (name := one.name_there())]
    for name in chance.sample(names, min(3, len(names))):
        folder = runfolder.attempt_folder(scene.server.home, name, 1)
        if folder.log.exists() and not folder.result.exists():
            os.truncate(folder.log, chance.randint(0, folder.log.stat().st_size))
    _start(scene.server)


def _start(server: Server) -> None:
    def has_started() -> bool:
        with suppress(RuntimeError):
            return bool(server.start())
        return False

    until(has_started)


def cut_wire(scene: Scene, chance: random.Random) -> None:
    wire = chance.choice(scene.machines).wire
    wire.cut()
    scene.over.wait(chance.uniform(0.2, 15))
    wire.mend()


def cut_bodies(scene: Scene, chance: random.Random) -> None:
    wire = chance.choice(scene.machines).wire
    wire.cuts_after = 50, 100_000
    scene.over.wait(chance.uniform(0.2, 8))
    wire.cuts_after = None


def drop_answers(scene: Scene, chance: random.Random) -> None:
    chance.choice(scene.machines).wire.drops_answers += chance.randint(1, 5)


def kill_shippers(scene: Scene, chance: random.Random) -> None:
    """Half of the processes that send the runs of a machine, whichever of each two."""
    found = chance.choice(scene.machines).worker.shippers()
    for pid in chance.sample(found, len(found) // 2):
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)


def kill_recorder(scene: Scene, chance: random.Random) -> None:
    running = [one for machine in scene.machines for one in machine.running]
    if running:
        one = chance.choice(running)
        one.may_end.add(LOST)
        with suppress(UnreadableFact):
            if identity := recorder.recorder_identity(one.folder):
                processes.send_signal(identity, signal.SIGKILL)


def stop(scene: Scene, chance: random.Random) -> None:
    running = [one for machine in scene.machines for one in machine.running if one.name_there()]
    if running:
        one = chance.choice(running)
        one.may_end.update(STOPPED)
        with suppress(OSError, http.client.HTTPException):
            scene.server.post(f"/runs/{one.there}/cancel")


# Each row is a thread of its own, so that faults meet; seconds between two of them.
OF_SERVER: tuple[Fault, ...] = (kill_server, kill_server, halt_server, cut_power)
OF_WIRES: tuple[Fault, ...] = (cut_wire, cut_wire, cut_bodies, drop_answers)
OF_WORKERS: tuple[Fault, ...] = (kill_shippers, kill_shippers, kill_recorder, stop)
ACTORS = ((OF_SERVER, 25.0), (OF_WIRES, 4.0), (OF_WIRES, 4.0), (OF_WORKERS, 10.0))


def _acts(scene: Scene, faults: tuple[Fault, ...], every: float, seed: int) -> None:
    chance = random.Random(seed)
    while not scene.over.wait(chance.uniform(0, 2 * every)):
        fault = chance.choice(faults)
        scene.done[fault.__name__] += 1
        fault(scene, chance)


@contextmanager
def faults(scene: Scene) -> Iterator[None]:
    """Things go wrong until the block is left; then all is mended."""
    threads = [
        threading.Thread(target=_acts, args=[scene, *actor, scene.chance.randrange(1 << 30)])
        for actor in ACTORS
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        scene.over.set()
        for thread in threads:
            thread.join()
        for machine in scene.machines:
            machine.wire.drops_answers = 0


# --- what is sent --------------------------------------------------------------------------------


def send_one(machine: Machine, chance: random.Random, most: float) -> None:
    """Start a run on a machine, which takes at most so many seconds."""
    code, earned = chance.choice(list(ENDS.items()))
    pause, width = chance.choice((0.02, 0.1, 0.5)), chance.choice((10, 80, 3000))
    lines = int(chance.uniform(SECONDS[0], max(SECONDS[0], min(most, SECONDS[1]))) / pause)
    command = [sys.executable, "-c", PRINTER + code, str(lines), str(width), str(pause)]
    folder = machine.worker.start(*command, drain=5)
    machine.sent.append(Sent(machine, folder, lines, width, {earned}))


def keep_busy(scene: Scene, runs: int, until_when: float) -> None:
    """Have so many runs going until then, and look at what the server says of them."""
    while (left := until_when - time.monotonic()) > 0:
        for machine in scene.machines:
            if len(machine.running) < runs / len(scene.machines) and left > SECONDS[0]:
                send_one(machine, scene.chance, left)
        look(scene)
        time.sleep(0.5)


def look(scene: Scene) -> None:
    """See that nothing is shown as ended that has not."""
    running = {name: one for one in scene.sent if not one.has_ended and (name := one.name_there())}
    with suppress(OSError, http.client.HTTPException, ValueError):
        for run in scene.server.get("/runs?limit=200").json.get("runs", ()):
            one = running.get(run["id"])
            if one and run["status"] in FINAL and not one.has_ended:
                scene.wrong.append(f"{run['id']} runs, and is shown as {run['status']}")


# --- what is there at the end --------------------------------------------------------------------


def judged(scene: Scene, one: Sent) -> str:
    """The status of a run there; what is wrong with it is noted."""
    assert one.there
    run = scene.server.run(one.there)
    told = f"{run['status']}/{run['reason']}"
    for problem in _problems(scene, one, run, told):
        scene.wrong.append(f"{one.there} ({one.folder.run_id}): {problem}")
    return told


def _problems(scene: Scene, one: Sent, run: dict[str, Any], told: str) -> Iterator[str]:
    if told not in one.may_end:
        yield f"{told}, and earned {' or '.join(sorted(one.may_end))}"
    here = runfolder.read_fact(one.folder.result) or {}
    for name in ("exitCode", "signal"):
        if run[name] != here.get(name):
            yield f"{name} is {run[name]} there and {here.get(name)} here"
    if len(run["attempts"]) != 1:
        yield f"{len(run['attempts'])} attempts"
    if flags := {flag["flag"] for flag in run["flags"]} & {"log_cut", "came_back"}:
        yield f"flags {flags}"
    if names := differing_streams(one.folder, scene.server, str(one.there)):
        yield f"not byte for byte: {', '.join(names)}"
    yield from _lines(one, told, runfolder.attempt_folder(scene.server.home, run["id"], 1))


def _lines(one: Sent, told: str, there: AttemptFolder) -> Iterator[str]:
    log, printed = there.log.read_bytes(), one.printed
    has_all = told not in (LOST, *STOPPED)
    if has_all and not log.startswith(printed):
        yield f"{len(log):,} bytes of log are not the {len(printed):,} that it printed"
    if not has_all and not printed.startswith(log[: len(printed)]):
        yield "its log is not what it printed"


def send_the_rest(scene: Scene) -> None:
    """Have every run end, and what nobody sent any more be sent as a person would."""
    for machine in scene.machines:
        until(partial(_have_ended, machine), DRAIN)
        for process in machine.worker.started:
            process.communicate(timeout=DRAIN)
        until(partial(_is_sent, machine), DRAIN)


def _have_ended(machine: Machine) -> bool:
    return not machine.running


def _is_sent(machine: Machine) -> bool:
    done = machine.worker.do("ship", "--all")
    return done.returncode == 0 and "by another process" not in done.stdout


# --- all of it -----------------------------------------------------------------------------------


def soak(place: Path, minutes: float, runs: int, machines: int, seed: int) -> dict[str, Any]:
    """Do it; the figures."""
    server = Server(place / "server").start()
    token = token_of(server)
    found = []
    for number in range(machines):
        wire = BadWire(server.port)
        found.append(Machine(Worker(place / f"machine{number}", wire.url, token), wire))
    scene = Scene(server, found, random.Random(seed))
    begun = time.monotonic()
    try:
        with faults(scene):
            keep_busy(scene, runs, begun + 60 * minutes)
        send_the_rest(scene)
        return _figures(scene, time.monotonic() - begun)
    finally:
        for machine in found:
            machine.worker.end()
            machine.wire.close()
        server.end(signal.SIGKILL)


def _figures(scene: Scene, seconds: float) -> dict[str, Any]:
    until(lambda: all(one.name_there() for one in scene.sent))
    for one in scene.sent:
        scene.server.ended(str(one.there))
    ends = Counter(judged(scene, one) for one in scene.sent)
    there = sum(scene.server.get("/runs").json["counts"].values())
    if there != len(scene.sent):
        scene.wrong.append(f"{there} runs there, and {len(scene.sent)} were sent")
    return {
        "runs": len(scene.sent),
        "bytes": sum(one.folder.log.stat().st_size for one in scene.sent),
        "wrong": scene.wrong,
        "ends": dict(ends),
        "faults": dict(scene.done),
        "seconds": round(seconds, 1),
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.ship_soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--runs", type=int, default=RUNS, help="at once")
    parser.add_argument("--machines", type=int, default=MACHINES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="one object on stdout")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lastwords-soak-") as place:
        found = soak(Path(place), asked.minutes, asked.runs, asked.machines, asked.seed)
    print(json.dumps(found) if asked.json else "\n".join(f"{k}: {v}" for k, v in found.items()))
    return 1 if found["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
