"""A worker and a server, and what a user of both sees."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.real import Server, clean_environment, until
from tests.shipping.kit import Worker, prints, same_files, sent_run, shown, token_of

from lastwords.folders import runfolder
from lastwords.folders.runfolder import AttemptFolder
from lastwords.shipping.client import Client
from lastwords.shipping.spool import MUCH, Spool, Stream
from lastwords.shipping.starting import NICENESS
from lastwords.shipping.target import NoTarget, Target, check_url, target
from lastwords.shipping.wire import BATCH_BYTES, BUSY_INTERVAL


@pytest.fixture
def worker(server: Server, tmp_path: Path) -> Iterator[Worker]:
    found = Worker(tmp_path / "node7", server.url, token_of(server))
    yield found
    found.end()


def test_a_failure_is_there_whole_and_explained(server: Server, worker: Worker) -> None:
    folder, code, said = worker.run(*prints(10, then="raise ValueError('the rows are gone')"))
    assert (code, said) == (1, "")
    run = shown(server, sent_run(server)["id"])
    until(lambda: same_files(folder, server, run["id"]))
    run = server.ended(run["id"])
    assert (run["status"], run["headline"]) == ("failed", "ValueError: the rows are gone")
    assert run["host"] == os.uname().nodename and run["triggeredBy"] == "node7"
    assert run["shippedBytes"] == run["logBytes"] == folder.log.stat().st_size


def test_the_curves_of_its_own_files_are_there_with_its_end(
    server: Server, worker: Worker, tmp_path: Path
) -> None:
    rows = "epoch,loss\n1,0.5\n2,0.25\n"
    code = f"import pathlib; pathlib.Path('progress.csv').write_text({rows!r})"
    worker.cwd = tmp_path / "work"
    worker.cwd.mkdir()
    folder, ended, said = worker.run(sys.executable, "-c", code)
    assert (ended, said) == (0, "")
    run = server.ended(sent_run(server)["id"])
    assert run["status"] == "completed"
    there = server.get(f"/runs/{run['id']}/metrics").json["metrics"]
    assert [metric["loss"] for metric in there] == [0.5, 0.25]
    assert same_files(folder, server, run["id"]) and folder.logged.exists()


def test_what_a_run_wrote_is_sent_after_it(server: Server, worker: Worker) -> None:
    code = (
        "import os, pathlib; p = pathlib.Path(os.environ['LASTWORDS_EVENTS']).parent / 'artifacts';"
        "(p / 'sub').mkdir(); (p / 'sub' / 'large').write_bytes(os.urandom(2_500_000));"
        "(p / 'none').touch(); (p / 'link').symlink_to('/etc/passwd')"
    )
    folder, ended, said = worker.run(sys.executable, "-c", code)
    assert (ended, said) == (0, "")
    run = sent_run(server)["id"]
    found = until(
        lambda: len(f := server.get(f"/runs/{run}/artifacts").json["artifacts"]) == 2 and f
    )
    assert sorted(file["path"] for file in found) == ["none", "sub/large"]
    there = server.get(f"/runs/{run}/artifacts/sub/large").body
    assert there == (folder.artifacts / "sub" / "large").read_bytes()


def test_a_secret_that_only_the_worker_knows_is_masked_in_the_servers_report(
    server: Server, worker: Worker
) -> None:
    secret = "walrus-hydrant-47-bicycle"
    code = "import os; raise ValueError('cannot log in with ' + os.environ['DB_PASSWORD'])"
    words = worker.command("run", "--", sys.executable, "-c", code)
    environment = worker.environment | {"DB_PASSWORD": secret}
    subprocess.run(words, env=environment, capture_output=True, timeout=60)
    run = sent_run(server)["id"]
    server.ended(run)
    assert secret.encode() in server.get(f"/runs/{run}/log").body
    report = server.get(f"/runs/{run}/report.md").body
    assert b"cannot log in with" in report and secret.encode() not in report
    kept = runfolder.attempt_folder(server.home, run, 1).environment.read_bytes()
    assert secret.encode() not in kept


def test_what_must_be_written_is_looked_for_where_it_runs(server: Server, worker: Worker) -> None:
    words = worker.command("run", "--expect", str(worker.place / "out"), "--", "true")
    done = subprocess.run(words, env=worker.environment, capture_output=True, timeout=60)
    assert done.returncode == 1
    run = server.ended(sent_run(server)["id"])
    assert (run["status"], run["reason"]) == ("failed", "expected_missing")


def test_the_token_is_in_no_argument_and_not_in_the_runs_environment(
    server: Server, worker: Worker
) -> None:
    folder = worker.start(sys.executable, "-c", "import os, time; print(os.environ); time.sleep(3)")
    worker.sender()
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                told = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            assert worker.token.encode() not in told
    worker.ended()
    kept = b"".join(p.read_bytes() for p in worker.home.rglob("*") if p.is_file())
    assert worker.token.encode() not in kept and b"LASTWORDS_TO" not in folder.log.read_bytes()


def test_login_reads_the_token_and_keeps_it_for_its_owner(server: Server, worker: Worker) -> None:
    environment = clean_environment(HOME=str(worker.place))
    worker.place.mkdir(exist_ok=True)

    def login(token: str) -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-m", "lastwords", "login", server.url]
        return subprocess.run(
            words, env=environment, input=token, capture_output=True, text=True, timeout=60
        )

    wrong = login("lwe_wrong\n")
    kept = worker.place / ".config" / "lastwords" / "logins.json"
    assert wrong.returncode == 1 and not kept.exists(), wrong.stderr
    assert login(f"{worker.token}\n").returncode == 0
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    done = subprocess.run(worker.command("run", "--", "true"), env=environment, timeout=60)
    assert done.returncode == 0
    assert server.ended(sent_run(server)["id"])["status"] == "completed"
    here = subprocess.run(
        worker.command("run", "--to", "", "--", "true"), env=environment, timeout=60
    )
    assert here.returncode == 0 and len(server.get("/runs").json["runs"]) == 1


def test_tokens_are_made_listed_and_revoked(server: Server) -> None:
    def do(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "lastwords", "token", *words, "--home", str(server.home)]
        return subprocess.run(
            command, env=clean_environment(), capture_output=True, text=True, timeout=60
        )

    made = do("create", "--name", "colab", "--expires", "7d", "--max-bytes", "20G")
    assert re.fullmatch(r"lwe_[\w-]{43}", made.stdout.split()[-1]), made.stderr
    assert do("create", "--name", "colab").returncode == 1
    assert do("create", "--name", "x", "--expires", "soon").returncode == 1
    assert "colab" in (listed := do("ls").stdout) and "good" in listed and "lwe_" not in listed
    assert do("revoke", "colab").returncode == 0 and "revoked" in do("ls").stdout
    assert do("revoke", "nobody").returncode == 1


def test_a_running_run_is_sent_as_far_as_it_is(server: Server, worker: Worker) -> None:
    worker.to = "http://127.0.0.1:9"
    folder = worker.start(*prints(5, then="time.sleep(20)"), drain=0)
    worker.sender()
    for process in worker.shippers():
        os.kill(process, signal.SIGKILL)
    until(lambda: not worker.shippers())
    done = worker.do("ship", folder.run_id, "--to", server.url)
    assert "it is running" in done.stdout, done.stderr
    run = sent_run(server)
    assert run["status"] == "running" and run["logBytes"] == folder.log.stat().st_size


@pytest.mark.parametrize("url", ["", "lw.example", "ftp://x", "https://u:p@x", "http://10.0.0.1"])
def test_a_url_that_will_not_do_is_refused(url: str) -> None:
    with pytest.raises(NoTarget):
        check_url(url, plain_http=False)


def test_the_environment_goes_before_what_was_kept_and_nothing_is_no_target(tmp_path: Path) -> None:
    nothing = {"HOME": str(tmp_path)}
    assert target(None, None, nothing) is None
    assert target("", "lwe_x", nothing) is None
    assert target("https://lw/", "lwe_x", nothing) == Target("https://lw", "lwe_x")
    with pytest.raises(NoTarget, match="lastwords login"):
        target("https://lw", None, nothing)


def test_a_stream_that_is_cut_goes_on_behind_what_was_sent(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    path.write_bytes(b"one two")
    stream, room = Stream(path), memoryview(bytearray(9))
    stream.go_on(7)
    assert stream.digest() is not None and not stream.is_cut()
    path.write_bytes(b"x")
    assert stream.is_cut() and (stream.base, stream.sent, bytes(stream.read(room))) == (7, 7, b"x")
    stream.go_on(8)
    assert bytes(stream.read(room)) == b"" and stream.digest() is None and not stream.is_cut()
    stream.go_on(3)  # the server lost what is not here any more
    assert (stream.sent, bytes(stream.read(room))) == (3, b"x")
    stream.close()


def test_times_of_a_log_that_was_cut_are_not_sent(tmp_path: Path) -> None:
    (tmp_path / "output.log").write_bytes(b"log")
    (tmp_path / "timeline").write_bytes(b"times")
    spool = Spool(AttemptFolder(tmp_path), {})
    assert not spool.is_sent
    assert [part.stream for part in spool.next_parts()] == ["output.log", "timeline"]
    spool.streams["output.log"].go_on(3)
    (tmp_path / "output.log").write_bytes(b"")
    assert spool.look_for_cuts() and spool.cut == {"output.log": 0}
    assert spool.next_parts() == [] and spool.is_sent
    spool.close()


def test_a_batch_leaves_room_for_its_facts(tmp_path: Path) -> None:
    (tmp_path / "output.log").write_bytes(bytes(2 * BATCH_BYTES))
    spool = Spool(AttemptFolder(tmp_path), {})
    (part,) = spool.next_parts(180 << 10)
    assert len(part.data) == BATCH_BYTES - (180 << 10)
    (part,) = spool.next_parts()
    assert len(part.data) == BATCH_BYTES
    spool.close()


def test_a_large_log_is_summed_while_it_is_sent_and_again_where_it_changed(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    path.write_bytes(b"x" * (MUCH + 1))
    stream = Stream(path)
    stream.sum_beside()
    stream.go_on(MUCH + 1)
    assert stream.digest() == hashlib.sha256(path.read_bytes()).hexdigest()
    with path.open("ab") as more:
        more.write(b"more")
    stream.go_on(MUCH + 5)
    assert stream.digest() == hashlib.sha256(path.read_bytes()).hexdigest()
    stream.close()
    other = tmp_path / "other"
    other.write_bytes(b"z" * (MUCH + 1))
    stream = Stream(path)
    stream.sum_beside()
    other.replace(path)
    stream.go_on(MUCH + 1)
    assert stream.digest() == hashlib.sha256(path.read_bytes()).hexdigest()
    stream.close()


def test_what_sends_gives_way_to_the_run(server: Server, worker: Worker) -> None:
    worker.start("sleep", "60")
    assert os.getpriority(os.PRIO_PROCESS, worker.sender()) == min(19, os.nice(0) + NICENESS)


def test_a_run_that_writes_faster_than_it_is_sent_keeps_its_cores(
    server: Server, worker: Worker
) -> None:
    batches = 40
    begun = time.monotonic()
    worker.start("sh", "-c", f"head -c {batches * BATCH_BYTES} /dev/zero; sleep 60")
    run = until(lambda: server.get("/runs").json["runs"])[0]["id"]
    until(lambda: shown(server, run)["shippedBytes"] >= batches * BATCH_BYTES)
    assert time.monotonic() - begun >= (batches - 1) * BUSY_INTERVAL


def test_a_request_wakes_the_server_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as beside:
        client = Client(f"http://127.0.0.1:{listener.getsockname()[1]}")
        asked = beside.submit(client.ask, "POST", "/x", "token", [b"one, ", memoryview(b"two")])
        wire, _ = listener.accept()
        with wire:
            came = wire.recv(1 << 16)
            wire.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            assert asked.result() == {}
        client.close()
    assert came.endswith(b"\r\n\r\none, two") and b"Content-Length: 8\r\n" in came
