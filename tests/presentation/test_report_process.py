"""The report of a long log: the same as ever, and written while the server serves others."""

from __future__ import annotations

import http.client
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from tests.real import PREFIX, Server
from tests.supervision.test_supervisor import run_to_its_end
from tests.surroundings.kit import taken

from lastwords.config import Config
from lastwords.folders.runfolder import attempt_folder
from lastwords.presentation.report import write_report
from lastwords.presentation.report_process import AT_ONCE, ReportFailed, report_of
from lastwords.store.runs import Store
from lastwords.supervision.supervisor import Supervisor

SECRET = "a-secret-of-the-server-0123456789"


def _cpu_seconds(server: Server) -> float:
    """What the server's process itself has used of a core; its children are not counted."""
    assert server.process
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize("lines", [3, 8_000])
def test_the_report_is_the_same_whoever_writes_it(config: Config, store: Store, lines: int) -> None:
    script = f"raise ValueError('\\n'.join(f'row {{n}}: {SECRET}' for n in range({lines})))"
    command = (sys.executable, "-c", script)
    config = replace(config, trainer_command=command, token=SECRET)
    run = run_to_its_end(Supervisor(config, store), "x")
    assert (run.log_bytes > AT_ONCE) is (lines > 3)
    taken(attempt_folder(config.home, run.id, 1))  # the report tells of it as soon as it is there
    report = report_of(config, run)
    assert report == write_report(config, run) and "***" in report.text
    assert SECRET not in report.text
    assert (report.overflow is None) is (lines == 3)
    assert report.overflow is None or SECRET not in report.overflow.text


def test_a_report_is_written_once_while_all_that_it_tells_stays_the_same(
    config: Config, store: Store
) -> None:
    script = "raise ValueError('\\n'.join(f'row {n}' for n in range(60_000)))"
    config = replace(config, trainer_command=(sys.executable, "-c", script))
    run = run_to_its_end(Supervisor(config, store), "x")
    folder = attempt_folder(config.home, run.id, 1)
    taken(folder)
    first = report_of(config, run)
    assert report_of(config, run) is first
    assert report_of(config, run, None, "http://elsewhere/").text != first.text
    first = report_of(config, run)
    with folder.log.open("a") as log:
        log.write("one more line\n")
    assert report_of(config, run) is not first


def _fetch(server: Server, path: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    headers = {"Authorization": f"Bearer {server.token}"}
    with closing(connection):
        connection.request("GET", PREFIX + path, headers=headers)
        answer = connection.getresponse()
        assert answer.status == 200
        return answer.read()


def test_a_report_of_ten_megabytes_costs_the_server_less_than_a_second(server: Server) -> None:
    run_id = server.train("raises-10mb")
    server.ended(run_id)
    taken(attempt_folder(server.home, run_id, 1))  # two reports, of which one may not know of it
    path = f"/runs/{run_id}/report.md"
    before = _cpu_seconds(server)
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(_fetch, server, path) for _ in range(2)]
        while not all(each.done() for each in asked):
            assert server.get("/runs").status == 200
            time.sleep(0.1)
    (report,) = {each.result() for each in asked}
    used = _cpu_seconds(server) - before
    assert used < 1
    assert len(report.decode()) <= 65_536
    whole = _fetch(server, f"{path}?part=overflow")
    assert len(whole) > 9_000_000 and "Größe".encode() in whole


def test_a_process_that_ends_without_a_report_is_no_report(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_to_its_end(supervisor, "raises-300kb")
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(ReportFailed, match="exit code 1"):
        report_of(supervisor.config, run)
