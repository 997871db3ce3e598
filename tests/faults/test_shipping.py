"""Section S: a run is sent to a server, and worker, wire or server fail. Numbers are the table's.

Oracles: every stream on the server is byte for byte what it is on the worker (`same`), and the
status is the one that the run earned.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import time
from pathlib import Path

import pytest
from tests.faults.conftest import Got
from tests.faults.wire import SLOW, falls_silent, has_bytes, kept_on, told
from tests.real import PREFIX, Server, until
from tests.shipping.kit import (
    BadWire,
    Worker,
    prints,
    sent_run,
    shown,
)

from lastwords.folders import runfolder


@pytest.mark.fault(
    "S01", "server down before the start", expected="3, 1 line; failed/exit_code, same bytes"
)
def test_a_run_without_a_server_is_sent_later(
    server: Server, worker: Worker, wire: BadWire, got: Got
) -> None:
    wire.cut()
    folder, code, said = worker.run("sh", "-c", "echo kept; exit 3", drain=2)
    until(lambda: not worker.shippers())
    wire.mend()
    done = worker.do("ship", "--all")
    assert done.returncode == 0, done.stdout + done.stderr
    assert worker.do("ship", folder.run_id).stdout.startswith(
        f"{folder.run_id}: is there already, as "
    )
    created = (runfolder.read_fact(folder.spec) or {})["createdAt"]
    assert sent_run(server)["createdAt"] == created
    got(f"{code}, {len(said.splitlines())} line; {told(server, folder)}")


@pytest.mark.fault("S02", "answers are lost", expected="0; completed/ok, same bytes")
def test_lost_answers_open_no_second_run(
    server: Server, worker: Worker, wire: BadWire, got: Got
) -> None:
    wire.drops_answers = 2
    folder, code, _ = worker.run(*prints(300, SLOW), drain=40)
    assert wire.drops_answers == 0
    got(f"{code}; {told(server, folder)}")


@pytest.mark.fault(
    "S03", "server SIGKILLed mid-batch, three times", expected="0; completed/ok, same bytes"
)
def test_a_server_that_is_killed_gets_the_rest(server: Server, worker: Worker, got: Got) -> None:
    folder = worker.start(*prints(200_000, then="time.sleep(4)"), drain=60)
    for _ in range(3):
        server.end(signal.SIGKILL)
        server.start()
        time.sleep(0.7)
    code, _ = worker.ended()
    got(f"{code}; {told(server, folder, 60)}")


@pytest.mark.fault("S04", "server SIGSTOPped for 4 s", expected="0; completed/ok, same bytes")
def test_a_server_that_is_stopped_gets_the_rest(server: Server, worker: Worker, got: Got) -> None:
    folder = worker.start(*prints(600, SLOW))
    has_bytes(server, 1000)
    assert server.process
    server.process.send_signal(signal.SIGSTOP)
    time.sleep(4)
    server.process.send_signal(signal.SIGCONT)
    code, _ = worker.ended()
    got(f"{code}; {told(server, folder)}")


@pytest.mark.fault(
    "S05", "server loses the tail of a log by power", expected="0; completed/ok, same bytes"
)
def test_what_a_server_lost_is_sent_again(server: Server, worker: Worker, got: Got) -> None:
    folder = worker.start(*prints(500, SLOW))
    run = has_bytes(server, 5000)
    server.end(signal.SIGKILL)
    os.truncate(kept_on(server, run).log, 1000)
    server.start()
    code, _ = worker.ended()
    got(f"{code}; {told(server, folder)}")


@pytest.mark.fault(
    "S06",
    "server's disk full for a while",
    expected="0; nothing taken, then completed/ok, same bytes",
)
def test_a_full_server_takes_nothing_and_later_all(
    server: Server, worker: Worker, got: Got
) -> None:
    folder = worker.start(*prints(800, SLOW), drain=60)
    run = has_bytes(server, 1000)
    server.end(signal.SIGKILL)
    kept_there = kept_on(server, run).log.stat().st_size
    roomy = server.settings
    server.settings = {**roomy, "LASTWORDS_MIN_FREE": "900T"}
    server.start()
    time.sleep(3)
    seen = kept_on(server, run).log.stat().st_size == kept_there
    assert server.get("/runs").status == 200
    server.end(signal.SIGKILL)
    server.settings = roomy
    server.start()
    code, _ = worker.ended()
    got(f"{code}; {'nothing taken' if seen else 'taken'}, then {told(server, folder)}")


@pytest.mark.fault("S07", "database gone, disk fine", expected="0; completed/ok, same bytes")
def test_a_server_without_its_database_gets_the_rest(
    server: Server, worker: Worker, got: Got
) -> None:
    folder = worker.start(*prints(500, SLOW))
    has_bytes(server, 1000)
    held = sqlite3.connect(server.home / "lastwords.db")
    held.execute("BEGIN EXCLUSIVE")
    time.sleep(2)
    held.rollback()
    held.close()
    code, _ = worker.ended()
    got(f"{code}; {told(server, folder)}")


@pytest.mark.fault(
    "S08", "server restored from a backup of before the run", expected="0; completed/ok, same bytes"
)
def test_a_server_of_yesterday_gets_todays_run(
    server: Server, worker: Worker, got: Got, tmp_path: Path
) -> None:
    server.end()
    shutil.copytree(server.home, tmp_path / "backup")
    server.start()
    folder = worker.start(*prints(800, SLOW))
    has_bytes(server, 1000)
    server.end(signal.SIGKILL)
    shutil.rmtree(server.home)
    shutil.copytree(tmp_path / "backup", server.home)
    server.start()
    code, _ = worker.ended()
    got(f"{code}; {told(server, folder)}")


@pytest.mark.fault(
    "S09", "run deleted on the server while it runs", expected="0, was deleted; no run there"
)
def test_a_run_that_was_deleted_there_goes_on_here(
    server: Server, worker: Worker, wire: BadWire, got: Got
) -> None:
    folder = worker.start(*prints(400, SLOW))
    run = has_bytes(server, 1000)
    wire.cut()

    def deleted() -> bool:
        """What was under way when the wire was cut may arrive now: the run is running again."""
        server.post(f"/runs/{run}/lost")
        return server.ask("DELETE", f"{PREFIX}/runs/{run}").status == 204

    until(deleted)
    wire.mend()
    code, said = worker.ended()
    assert folder.log.read_bytes().count(b"\n") == 400
    there = server.get("/runs").json["runs"]
    words = "was deleted" if "was deleted here" in said else said
    got(f"{code}, {words}; {'no run' if not there else there} there")


@pytest.mark.fault("S10", "network away for 6 s", expected="0; completed/ok, same bytes")
def test_a_wire_that_was_cut_for_a_while(
    server: Server, worker: Worker, wire: BadWire, got: Got
) -> None:
    folder = worker.start(*prints(800, SLOW))
    has_bytes(server, 1000)
    wire.cut()
    time.sleep(6)
    wire.mend()
    code, _ = worker.ended()
    got(f"{code}; {told(server, folder)}")


@pytest.mark.fault(
    "S11",
    "network away for days (its last word is old)",
    expected="running, out of contact; completed/ok, same bytes",
)
def test_long_silence_is_out_of_contact_and_heals(
    server: Server, worker: Worker, wire: BadWire, got: Got
) -> None:
    folder = worker.start(*prints(1200, SLOW), drain=60)
    run = has_bytes(server, 1000)
    wire.cut()
    time.sleep(1)
    falls_silent(server, run)
    seen = until(lambda: (found := shown(server, run))["outOfContact"] and found)
    until(lambda: server.get("/runs").json["outOfContact"] == 1)
    wire.mend()
    until(lambda: not shown(server, run)["outOfContact"])
    worker.ended()
    got(f"{seen['status']}, out of contact; {told(server, folder)}")


@pytest.mark.fault(
    "S12", "network away as it ends", expected="running; failed/exit_code, same bytes, its own end"
)
def test_an_end_that_nobody_heard_is_told_later(
    server: Server, worker: Worker, wire: BadWire, got: Got
) -> None:
    folder = worker.start(*prints(300, SLOW, "sys.exit(5)"), drain=40)
    run = has_bytes(server, 1000)
    wire.cut()
    result = until(lambda: runfolder.read_fact(folder.result))
    time.sleep(1)
    seen = shown(server, run)["status"]
    wire.mend()
    words = told(server, folder)
    own = shown(server, run)["finishedAt"] == result["finishedAt"]
    got(f"{seen}; {words}, {'its own end' if own else 'another end'}")


@pytest.mark.fault("S13", "slow link: 2 MB over 400 kB/s", expected="0; completed/ok, same bytes")
def test_a_slow_link_gets_it_all(server: Server, worker: Worker, wire: BadWire, got: Got) -> None:
    wire.bytes_a_second = 400_000
    folder, code, _ = worker.run(*prints(20_000), drain=50)
    got(f"{code}; {told(server, folder)}")


@pytest.mark.fault(
    "S14", "proxy cuts bodies, then answers 502 HTML", expected="0; completed/ok, same bytes"
)
def test_a_bad_proxy_is_waited_out(server: Server, worker: Worker, wire: BadWire, got: Got) -> None:
    wire.lies = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 4\r\n\r\n<ha>"
    folder = worker.start(*prints(1500, SLOW), drain=60)
    time.sleep(1)
    wire.lies, wire.cuts_after = b"", (100, 200_000)
    time.sleep(4)
    wire.cuts_after = None
    code, _ = worker.ended()
    got(f"{code}; {told(server, folder)}")


@pytest.mark.fault(
    "S15", "proxy buffers each request and sends it twice", expected="0; completed/ok, same bytes"
)
def test_what_a_proxy_repeats_is_kept_once(
    server: Server, worker: Worker, wire: BadWire, got: Got
) -> None:
    wire.repeats = True
    folder = worker.start(*prints(1500, SLOW), drain=60)
    code, _ = worker.ended()
    got(f"{code}; {told(server, folder)}")
    assert wire.repeated >= 3  # its beginning, a batch and its end


def test_a_server_that_knows_the_token_no_more_is_begun_anew_on(
    server: Server, worker: Worker
) -> None:
    folder = worker.start(*prints(800, SLOW), drain=60)
    has_bytes(server, 1000)
    with sqlite3.connect(server.home / "lastwords.db", timeout=30) as held:
        held.execute("DELETE FROM shipment_tokens")
    held.close()
    code, _ = worker.ended()
    assert f"{code}; {told(server, folder)}" == "0; completed/ok, same bytes"
