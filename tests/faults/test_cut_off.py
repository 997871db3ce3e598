"""Section S, what takes a worker away whole: its launcher, its disk, its machine, its sleep, its
cable. Numbers are the table's.

Oracles: every stream on the server is byte for byte what it is on the worker (`same`), or where
nothing of the worker is left, all that had come, which begins what it printed (`prefix`); and the
status is the one that the run earned.
"""

from __future__ import annotations

import os
import shutil
import signal
import time
from pathlib import Path

import pytest
from tests.faults.boxes import Cable, box_with_disk, box_with_network, needs_boxes, needs_cables
from tests.faults.conftest import Got
from tests.faults.wire import SLOW, falls_silent, has_bytes, kept_on, printed, told
from tests.real import Server, until
from tests.shipping.kit import Worker, log_there, prints, same_files, shown, token_of

from lastwords.config import Config
from lastwords.folders import runfolder
from lastwords.folders.runfolder import AttemptFolder
from lastwords.recording import recorder
from lastwords.records import FINAL
from lastwords.store.runs import Store


@pytest.mark.fault(
    "S21",
    "foreground SIGKILLed under an engine",
    expected="failed/launcher_gone, same bytes",
)
def test_a_job_ends_with_its_launcher(server: Server, worker: Worker, got: Got) -> None:
    worker.settings = {"SLURM_JOB_ID": "12"}
    folder = worker.start(*prints(60_000, SLOW))
    has_bytes(server, 1000)
    worker.started[-1].kill()
    got(told(server, folder))


@pytest.mark.fault(
    "S24",
    "runtime recycled, disk gone",
    expected="running, out of contact; lost/given_up, prefix",
)
def test_a_runtime_that_was_recycled_leaves_what_it_sent(
    server: Server, worker: Worker, got: Got
) -> None:
    folder = worker.start(*prints(60_000, SLOW))
    run = has_bytes(server, 1000)
    tree = _tree(worker, folder)
    for number in (signal.SIGSTOP, signal.SIGKILL):  # halted first, so that none tells of another
        for pid in tree:
            os.kill(pid, number)
    worker.started[-1].wait()
    shutil.rmtree(worker.place)
    got(_given_up(server, run))


@needs_boxes
@pytest.mark.fault(
    "S25",
    "container killed with its volume",
    expected="running, out of contact; lost/given_up, prefix",
)
def test_a_container_that_was_killed_leaves_what_it_sent(
    server: Server, tmp_path: Path, got: Got
) -> None:
    place = tmp_path / "container"
    with box_with_disk(place, 64) as box:
        worker = Worker(
            place, server.url, token_of(server), prefix=box.inside, seen=box.seen(place)
        )
        worker.start(*prints(60_000, SLOW))
        run = has_bytes(server, 1000)
        box.end()
        worker.ended()
    assert not list(place.iterdir())
    got(_given_up(server, run))


@pytest.mark.fault(
    "S26",
    "laptop sleeps longer than a stall lasts",
    expected="running, out of contact; completed/ok, no false stall, same bytes",
)
def test_a_laptop_that_slept_goes_on(server: Server, worker: Worker, got: Got) -> None:
    worker.settings = {"LASTWORDS_STALL_SECONDS": "5", "LASTWORDS_STALL_ACTION": "kill"}
    folder = worker.start(*prints(500, SLOW), drain=60)
    run = has_bytes(server, 1000)
    tree = _tree(worker, folder)
    for pid in tree:
        os.kill(pid, signal.SIGSTOP)
    falls_silent(server, run)
    seen = until(lambda: (found := shown(server, run))["outOfContact"] and found)
    time.sleep(6)
    for pid in tree:
        os.kill(pid, signal.SIGCONT)
    worker.ended()
    words = told(server, folder)
    flags = {flag["flag"] for flag in shown(server, run)["flags"]}
    stall = "no false stall" if not flags & {"stalled", "out_of_contact"} else str(flags)
    status, _, kept = words.partition(", ")
    got(f"{seen['status']}, out of contact; {status}, {stall}, {kept}")


@needs_boxes
@pytest.mark.fault(
    "S27", "worker's disk full", expected="1; failed/exit_code, disk.full, same bytes"
)
def test_a_full_disk_there_hides_nothing_here(server: Server, tmp_path: Path, got: Got) -> None:
    place = tmp_path / "small"
    with box_with_disk(place, 12) as box:
        worker = Worker(
            place, server.url, token_of(server), prefix=box.inside, seen=box.seen(place)
        )
        fills = f"open('{place}/checkpoint', 'wb').write(bytes(64 << 20))"
        folder, code, _ = worker.run(*prints(300, SLOW, fills))
        run = has_bytes(server, 1000)
        words = told(server, folder)
        status, _, kept = words.partition(", ")
        got(f"{code}; {status}, {shown(server, run)['cause']}, {kept}")


@needs_cables
@pytest.mark.fault(
    "S47", "cable cut as it ends, and put back", expected="0; running; completed/ok, same bytes"
)
def test_a_cable_that_is_put_back_carries_the_rest(home: Path, tmp_path: Path, got: Got) -> None:
    with box_with_network() as here, box_with_network() as there:
        cable = Cable(here, there)
        cable.plug()
        settings = {
            "LASTWORDS_HOST": cable.addresses[0],
            "LASTWORDS_ALLOWED_HOSTS": cable.addresses[0],
            "LASTWORDS_TOKEN": "0123456789" * 4,
        }
        server = Server(home, settings, prefix=here.inside).start()
        to = f"http://{cable.addresses[0]}:{server.port}"
        worker = Worker(tmp_path / "node7", to, token_of(server), prefix=there.inside)
        worker.settings = {"LASTWORDS_PLAIN_HTTP": "1"}
        store = Store(Config(home).database)
        try:
            folder = worker.start(*prints(300, SLOW), drain=90)
            (run,) = until(lambda: list(runfolder.all_run_ids(home)))
            until(lambda: kept_on(server, run).log_size > 1000)
            cable.cut()
            until(folder.result.exists)
            seen = store.run(run).status
            cable.mend()
            code, _ = worker.ended()
            until(lambda: store.run(run).status in FINAL)
            until(lambda: same_files(folder, server, run))
            ended = store.run(run)
            got(f"{code}; {seen}; {ended.status}/{ended.reason}, same bytes")
        finally:
            store.close()
            worker.end()
            server.end()


def _tree(worker: Worker, folder: AttemptFolder) -> list[int]:
    """Every process of a run, its foreground and what sends it."""
    identity, child = recorder.recorder_identity(folder), runfolder.read_child(folder)
    assert identity and child
    return [worker.started[-1].pid, identity.pid, int(child["pid"]), *worker.shippers()]


def _given_up(server: Server, run: str) -> str:
    """What is shown of a run that nobody will send again, until somebody calls it lost."""
    falls_silent(server, run)
    seen = until(lambda: (found := shown(server, run))["outOfContact"] and found)
    log = log_there(server, run)
    done = server.post(f"/runs/{run}/lost").json
    kept = "prefix" if log and printed(60_000).startswith(log) else f"{log[-200:]!r}"
    assert log_there(server, run) == log
    return f"{seen['status']}, out of contact; {done['status']}/{done['reason']}, {kept}"
