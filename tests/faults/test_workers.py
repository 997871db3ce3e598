"""Section S, the other half: the worker fails, or a person decides.

Oracles: every stream on the server is byte for byte what it is on the worker (`same`), and the
status is the one that the run earned.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import time

import pytest
from tests.faults.conftest import Got
from tests.faults.wire import SLOW, has_bytes, kept_on, told
from tests.real import Server, until
from tests.shipping.kit import (
    BadWire,
    Worker,
    log_there,
    prints,
    same_files,
    sent_run,
    shown,
    token_of,
)

from lastwords.config import Config
from lastwords.folders import runfolder
from lastwords.recording import processes, recorder
from lastwords.store import shipments
from lastwords.store.runs import Store


@pytest.mark.fault("S16", "shipper SIGKILLed", expected="0; completed/ok, same bytes")
def test_a_shipper_that_is_killed_is_started_again(
    server: Server, worker: Worker, got: Got
) -> None:
    folder = worker.start(*prints(800, SLOW))
    has_bytes(server, 1000)
    first = worker.sender()
    os.kill(first, signal.SIGKILL)
    until(lambda: worker.sender() != first)
    code, _ = worker.ended()
    got(f"{code}; {told(server, folder)}")


@pytest.mark.fault("S17", "two shippers of one attempt", expected="waits; completed/ok, same bytes")
def test_two_shippers_make_one_copy(server: Server, worker: Worker, got: Got) -> None:
    folder = worker.start(*prints(500, SLOW))
    has_bytes(server, 1000)
    said = worker.do("ship", folder.run_id).stdout
    waits = "waits" if "being sent by another process" in said else said
    worker.ended()
    got(f"{waits}; {told(server, folder)}")


@pytest.mark.fault(
    "S18", "recorder SIGKILLed, child lives", expected="completed/ok, same bytes, adopted"
)
def test_a_run_whose_recorder_died_is_seen_to_its_end(
    server: Server, worker: Worker, got: Got
) -> None:
    folder = worker.start(*prints(500, SLOW))
    run = has_bytes(server, 1000)
    identity = recorder.recorder_identity(folder)
    assert identity
    processes.send_signal(identity, signal.SIGKILL)
    worker.ended()
    words = told(server, folder)
    flags = {flag["flag"] for flag in shown(server, run)["flags"]}
    got(f"{words}, {'adopted' if 'adopted' in flags else flags}")


@pytest.mark.fault(
    "S19", "recorder and child SIGKILLed", expected="failed/killed_by_SIGKILL, same bytes"
)
def test_a_run_that_died_whole_is_known_to_whoever_held_on_to_it(
    server: Server, worker: Worker, got: Got
) -> None:
    folder = worker.start(*prints(3000, SLOW))
    has_bytes(server, 1000)
    worker.started[-1].kill()  # which would have seen the child's status
    identity, child = recorder.recorder_identity(folder), runfolder.read_child(folder)
    assert identity and child
    os.kill(worker.sender(), signal.SIGSTOP)
    processes.send_signal(identity, signal.SIGKILL)
    os.kill(child["pid"], signal.SIGKILL)
    until(lambda: processes.state(processes.Identity.from_json(child)) is None)
    os.kill(worker.sender(), signal.SIGCONT)
    got(told(server, folder))


@pytest.mark.fault("S20", "foreground SIGKILLed", expected="completed/ok, same bytes")
def test_what_was_started_goes_on_without_its_foreground(
    server: Server, worker: Worker, got: Got
) -> None:
    folder = worker.start(*prints(500, SLOW))
    has_bytes(server, 1000)
    worker.started[-1].kill()
    got(told(server, folder))


@pytest.mark.fault(
    "S22", "machine gone for ever, admin calls it lost", expected="running; lost/given_up"
)
def test_a_machine_that_is_gone_is_lost_by_an_admins_word(
    server: Server, worker: Worker, wire: BadWire, got: Got
) -> None:
    worker.start(*prints(3000, SLOW))
    run = has_bytes(server, 1000)
    wire.cut()
    before = shown(server, run)["status"]
    done = server.post(f"/runs/{run}/lost").json
    got(f"{before}; {done['status']}/{done['reason']}")


@pytest.mark.fault(
    "S23", "machine reboots, spool on disk", expected="lost/host_rebooted, same bytes"
)
def test_what_a_machine_kept_is_sent_after_its_boot(
    server: Server, worker: Worker, wire: BadWire, got: Got
) -> None:
    folder = worker.start(*prints(300, SLOW))
    has_bytes(server, 1000)
    wire.cut()
    worker.end()
    child = runfolder.read_child(folder)
    assert child
    os.kill(child["pid"], signal.SIGKILL)
    os.kill(child["recorder"]["pid"], signal.SIGKILL)
    folder.result.unlink(missing_ok=True)
    earlier = child | {"boot_id": "an-earlier-boot"}
    earlier["recorder"] = child["recorder"] | {"boot_id": "an-earlier-boot"}
    folder.child.write_text(json.dumps(earlier))
    wire.mend()
    assert worker.do("ship", "--all").returncode == 0
    run = sent_run(server)
    got(told(server, folder) if run else "")


@pytest.mark.fault("S28", "worker's clock wrong by a day", expected="its clock is 86,400 s ahead")
def test_a_clock_that_is_wrong_is_said_to_be(server: Server, worker: Worker, got: Got) -> None:
    worker.start(*prints(300, SLOW))
    run = has_bytes(server, 1000)
    path = kept_on(server, run).shipment
    path.write_text(json.dumps((runfolder.read_fact(path) or {}) | {"clockAhead": 86_400.0}))
    flags = until(lambda: shown(server, run)["flags"])
    got(flags[0]["detail"].lower().rstrip("."))


@pytest.mark.fault(
    "S29", "child truncates its own log", expected="completed/ok, log_cut; both parts"
)
def test_a_log_that_was_cut_keeps_what_was_sent(server: Server, worker: Worker, got: Got) -> None:
    cut = (
        "time.sleep(3); import os; os.truncate('/proc/self/fd/1', 0); print('after'); time.sleep(2)"
    )
    worker.run(*prints(100, 0, cut))
    run = sent_run(server)["id"]
    ended = server.ended(run)
    log = log_there(server, run)
    both = log.startswith(b"line 0000000") and log.endswith(b"after\n")
    flags = {flag["flag"] for flag in ended["flags"]}
    words = "log_cut" if "log_cut" in flags else flags
    got(f"{ended['status']}/{ended['reason']}, {words}; {'both parts' if both else str(log[-90:])}")


@pytest.mark.fault(
    "S30", "child deletes the run folder", expected="0; the log to its last line is there"
)
def test_a_folder_that_was_deleted_is_sent_all_the_same(
    server: Server, worker: Worker, got: Got
) -> None:
    folder = worker.start(*prints(400, SLOW), drain=3)
    run = has_bytes(server, 1000)
    shutil.rmtree(folder.path)
    code, _ = worker.ended()
    last = b"line 0000399"
    until(lambda: last in log_there(server, run))
    got(f"{code}; the log to its last line is there")


@pytest.mark.fault(
    "S31", "token revoked mid-run", expected="0, revoked; running; completed/ok, same bytes"
)
def test_a_revoked_token_ends_the_sending_and_a_new_one_goes_on(
    server: Server, worker: Worker, got: Got
) -> None:
    folder = worker.start(*prints(400, SLOW))
    run = has_bytes(server, 1000)
    store = Store(Config(server.home).database)
    shipments.revoke(store, "node7")
    store.close()
    code, said = worker.ended()
    seen = shown(server, run)["status"]
    worker.token = token_of(server, "again")
    assert worker.do("ship", folder.run_id).returncode == 0
    words = "revoked" if "revoked" in said and len(said.splitlines()) == 1 else said
    got(f"{code}, {words}; {seen}; {told(server, folder)}")


@pytest.mark.fault(
    "S32",
    "stop pressed while out of contact",
    expected="running, stopping; cancelled/stopped_by_user, same bytes",
)
def test_a_stop_is_delivered_when_it_is_heard_again(
    server: Server, worker: Worker, wire: BadWire, got: Got
) -> None:
    folder = worker.start(*prints(9000, SLOW))
    run = has_bytes(server, 1000)
    wire.cut()
    time.sleep(1)
    server.post(f"/runs/{run}/cancel")
    seen = shown(server, run)
    wire.mend()
    words = told(server, folder)
    got(f"{seen['status']}, {'stopping' if seen['stopping'] else 'not'}; {words}")


@pytest.mark.fault(
    "S33",
    "given up, then comes back completed",
    expected="attempt 1 lost, attempt 2 completed, same bytes",
)
def test_who_comes_back_is_a_late_attempt(
    server: Server, worker: Worker, wire: BadWire, got: Got
) -> None:
    folder = worker.start(*prints(600, SLOW))
    run = has_bytes(server, 1000)
    wire.cut()
    server.post(f"/runs/{run}/lost")
    wire.mend()
    worker.ended()
    until(lambda: shown(server, run)["status"] == "completed")
    one, two = shown(server, run)["attempts"]
    same = same_files(folder, server, run, 2)
    got(
        f"attempt 1 {one['status']}, attempt 2 {two['status']}, {'same' if same else 'other'} bytes"
    )


@pytest.mark.fault("S46", "version skew", expected="0, another version; no run there")
def test_another_version_is_said_to_be_one(
    server: Server, worker: Worker, wire: BadWire, got: Got
) -> None:
    problem = json.dumps({"type": "/problems/other-protocol", "detail": "this server speaks 2"})
    head = "HTTP/1.1 426 X\r\nContent-Type: application/problem+json\r\n"
    head += f"Content-Length: {len(problem)}\r\n\r\n"
    wire.lies = (head + problem).encode()
    _, code, said = worker.run("true")
    there = server.get("/runs").json["runs"]
    words = "another version" if "speaks 2" in said else said
    got(f"{code}, {words}; {'no run' if not there else there} there")
