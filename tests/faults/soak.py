"""Many short runs, each with a random fault: no wrong status, no lost byte, no process left.

    python -m tests.faults.soak [--runs 300] [--seed 1] [--json]

The faults: none, a kill of the child, of the recorder, of both; a halted recorder that goes on; a
stop; a server that is killed and started again. Ends with 1 if anything was wrong.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.conftest import TOKEN, TRAINER
from tests.faults.evidence import every_byte_is_kept, invariants
from tests.faults.scenes import child_of
from tests.real import Server, until

from lastwords.folders import runfolder
from lastwords.folders.runfolder import AttemptFolder
from lastwords.recording import processes, recorder

AT_ONCE = 4
LONG = 120.0


def none(_server: Server, _folder: AttemptFolder) -> None:
    """Nothing goes wrong."""


def kill_child(_server: Server, folder: AttemptFolder) -> None:
    processes.send_signal(child_of(folder), signal.SIGKILL)


def kill_recorder(_server: Server, folder: AttemptFolder) -> None:
    _signal_recorder(folder, signal.SIGKILL)


def kill_both(server: Server, folder: AttemptFolder) -> None:
    kill_recorder(server, folder)
    kill_child(server, folder)


def halt_recorder(_server: Server, folder: AttemptFolder) -> None:
    _signal_recorder(folder, signal.SIGSTOP)
    time.sleep(0.3)
    _signal_recorder(folder, signal.SIGCONT)


def stop(server: Server, folder: AttemptFolder) -> None:
    server.post(f"/runs/{folder.run_id}/cancel")


def restart(server: Server, _folder: AttemptFolder) -> None:
    server.end(signal.SIGKILL)
    server.start()


def _signal_recorder(folder: AttemptFolder, number: int) -> None:
    child_of(folder)
    if identity := recorder.recorder_identity(folder):
        processes.send_signal(identity, number)


# Each mode with its true end; each fault with what else is true if it came in time.
MODES = {"exits-3": "failed/exit_code", "trains": "completed/ok", "raises": "failed/exit_code"}
NEVER_BEGUN = "failed/launch_failed"
LOST, KILLED = "lost/recorder_lost", "failed/killed_by_SIGKILL"
FAULTS: dict[Callable[[Server, AttemptFolder], None], tuple[str, ...]] = {
    none: (),
    kill_child: (KILLED,),
    kill_recorder: (LOST,),
    kill_both: (LOST, KILLED),
    halt_recorder: (),
    stop: ("cancelled/stopped_by_user", "cancelled/stop_forced"),
    restart: (),
}


def soak(home: Path, runs: int, seed: int) -> dict[str, object]:
    """Do it; the figures."""
    chance, wrong, ends = random.Random(seed), list[str](), Counter[str]()
    server = _server(home).start()
    begun = time.monotonic()
    try:
        for number in range(0, runs, AT_ONCE):
            size = min(AT_ONCE, runs - number)
            for told, problem in _batch(server, chance, size):
                ends[told] += 1
                wrong += [problem] if problem else []
    finally:
        server.end(signal.SIGKILL)
    left = sum(len(recorder.strays(folder)) for folder in _attempts(home))
    seconds = round(time.monotonic() - begun, 1)
    return {"runs": runs, "wrong": wrong, "left": left, "ends": dict(ends), "seconds": seconds}


def _batch(server: Server, chance: random.Random, size: int) -> list[tuple[str, str | None]]:
    asked = []
    for _ in range(size):
        mode, fault = chance.choice(list(MODES)), chance.choice(list(FAULTS))
        lines = chance.randrange(5, 150)
        run_id = server.train(f"counts-{lines}-then-{mode}")
        asked.append((run_id, mode, fault, lines))
    for run_id, _, fault, _ in asked:
        folder = runfolder.attempt_folder(server.home, run_id, 1)
        until(lambda ready=folder: ready.child.exists() or ready.result.exists(), LONG)  # type: ignore[misc]
        time.sleep(chance.random() * 0.2)
        fault(server, folder)
    return [_judged(server, *one) for one in asked]


def _judged(
    server: Server, run_id: str, mode: str, fault: Callable[..., None], lines: int
) -> tuple[str, str | None]:
    folder = runfolder.attempt_folder(server.home, run_id, 1)
    told = "nothing"
    try:
        server.ended(run_id, LONG)
        run = invariants(server.home, run_id, server)
        told = f"{run.status}/{run.reason}"
        kept = every_byte_is_kept(folder) if (folder.path / "witness").exists() else 0
        if told == NEVER_BEGUN and not kept and not folder.child.exists():
            return told, None  # the server was killed in the middle of its start
        right = told in (MODES[mode], *FAULTS[fault]) and (told != MODES[mode] or kept == lines)
    except (AssertionError, TimeoutError) as error:
        return told, f"{run_id} {mode} {fault.__name__}: {type(error).__name__} {error}"
    return told, None if right else f"{run_id} {mode} {fault.__name__}: {told}, {kept} of {lines}"


def _attempts(home: Path) -> list[AttemptFolder]:
    run_ids = runfolder.all_run_ids(home)
    return [attempt for run_id in run_ids for attempt in runfolder.attempts_of(home, run_id)]


def _server(home: Path) -> Server:
    runfolder.make_home(home)
    (home / "data.jsonl").touch()
    (home / "lastwords.toml").write_text('[defaults]\ndataFile = "data.jsonl"\n')
    settings = {
        "LASTWORDS_TRAINER_COMMAND": " ".join(TRAINER),
        "LASTWORDS_TOKEN": TOKEN,
        "LASTWORDS_GRACE_SECONDS": "0.5",
        "LASTWORDS_MAX_RUNNING": str(AT_ONCE),
    }
    return Server(home, settings)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lastwords-soak-") as folder:
        found = soak(Path(folder) / "home", asked.runs, asked.seed)
    print(json.dumps(found) if asked.json else "\n".join(f"{k}: {v}" for k, v in found.items()))
    sys.exit(1 if found["wrong"] or found["left"] else 0)


if __name__ == "__main__":
    main()
