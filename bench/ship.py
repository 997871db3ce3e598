"""What it takes to send a run to a server, each figure beside the same bytes without us.

Worker and server are processes of their own, and talk over loopback.
"""

from __future__ import annotations

import gzip
import os
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

from tests.real import Server, new_attempt, until
from tests.shipping.kit import Worker, token_of

from bench.figure import Figure, interleaved
from bench.record import RUNS, written
from lastwords.folders import runfolder
from lastwords.folders.runfolder import AttemptFolder
from lastwords.records import now, timestamp
from lastwords.shipping.client import Client
from lastwords.shipping.sending import send
from lastwords.shipping.target import Target
from lastwords.shipping.wire import BATCH_BYTES, Batch, Part, write_batch

MEGABYTES = 100
LINE = b"x" * 99 + b"\n"
SENDER = "import sys; from bench import ship; print(ship.sent(*sys.argv[1:]))"
AT_ONCE, LINES_A_SECOND, SECONDS = 50, 1000, 15
LAGS = 40
FAILURES = Path(__file__).parents[1] / "tests" / "failures"


@contextmanager
def _server(home: Path) -> Iterator[Server]:
    runfolder.make_home(home)
    server = Server(home).start()
    try:
        yield server
    finally:
        server.end()


def ship_child(place: Path) -> Figure:
    """The child's own time for 1,000,000 lines of 100 bytes: sent as it runs, and recorded only."""
    with _server(place / "ship-child") as server:
        token = {"LASTWORDS_TO_TOKEN": token_of(server)}
        words = [sys.executable, "-m", "lastwords", "run", "--quiet", "--tty", "never"]
        alone = [*words, "--home", str(place / "alone"), "--"]
        sending = [*words, "--home", str(place / "sending"), "--to", server.url, "--"]
        pairs = [
            (written(place, n, sending, **token).own, written(place, n, alone).own)
            for n in range(RUNS)
        ]
    ours, rival = (median(side) for side in zip(*pairs, strict=True))
    return Figure(ours, rival, 1.05, "s", "the same child recorded only", RUNS)


# --- a large log --------------------------------------------------------------------------------


def _large(home: Path) -> AttemptFolder:
    """An attempt that has ended with a log of MEGABYTES."""
    folder = new_attempt(home, ["true"], nonce=uuid.uuid4().hex)
    with folder.log.open("wb") as log:
        for _ in range(MEGABYTES):
            log.write(LINE * 10_000)
    moment = timestamp(now())
    told = {"startedAt": moment, "finishedAt": moment, "exitCode": 0, "signal": None}
    told |= {"seconds": 1.0, "logBytes": folder.log.stat().st_size, "logEnds": None}
    runfolder.write_once(folder.result, told)
    return folder


def sent(folder: str, url: str, token: str) -> float:
    """Seconds from the first byte of an attempt to its seal, in a process of the sender's own."""
    begun = time.perf_counter()
    words, well = send(AttemptFolder(Path(folder)), Target(url, token))
    if not well or "sent whole" not in words:
        raise RuntimeError(words)
    return time.perf_counter() - begun


def _sent(home: Path, server: Server, token: str) -> float:
    command = [sys.executable, "-c", SENDER, str(_large(home).path), server.url, token]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return float(done.stdout)


def _by_socket(place: Path) -> float:
    """The same bytes from one process's file through a socket into another's."""
    folder = _large(place)
    target = place / "raw"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        code = (
            "import socket, sys; s = socket.create_connection(('127.0.0.1', int(sys.argv[1])))\n"
            "with open(sys.argv[2], 'rb') as f:\n"
            "    while data := f.read(1 << 20): s.sendall(data)\n"
        )
        port = str(listener.getsockname()[1])
        process = subprocess.Popen([sys.executable, "-c", code, port, str(folder.log)])
        incoming, _ = listener.accept()
        begun = time.perf_counter()
        with incoming, target.open("wb") as file:
            while data := incoming.recv(1 << 20):
                file.write(data)
            file.flush()
            os.fdatasync(file.fileno())
        took = time.perf_counter() - begun
        process.wait()
    return took


def ship_1m(place: Path) -> Figure:
    """100 MB of log, from its first byte to its seal, against a raw socket into a file."""
    with _server(place / "ship-1m") as server:
        token = token_of(server)
        ours, rival = interleaved(
            lambda: _sent(place / "large", server, token), lambda: _by_socket(place / "bare"), RUNS
        )
    return Figure(ours, rival, 5.0, "s", "a raw socket into a file, forced onto the disk", RUNS)


def ship_cpu(place: Path) -> Figure:
    """The server's CPU for each MB of a log."""
    with _server(place / "ship-cpu") as server:
        token, spent = token_of(server), []
        for _ in range(RUNS):
            before = _cpu(server)
            _sent(place / "cpu", server, token)
            spent.append(1000 * (_cpu(server) - before) / MEGABYTES)
    return Figure(median(spent), 10.0, 1.0, "ms of CPU a MB", "what is allowed", RUNS)


def _cpu(server: Server) -> float:
    assert server.process
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# --- many at once -------------------------------------------------------------------------------


def _one_of_many(
    server: Server, token: str, until_when: float, took: list[float], logs: dict[str, bytes]
) -> None:
    """Send what a run of LINES_A_SECOND writes, a batch of four streams each second."""
    client = Client(server.url)
    moment = timestamp(now())
    spec = {"kind": "command", "command": ["true"], "createdAt": moment}
    asked = {"uid": str(uuid.uuid4()), "spec": spec, "host": {"name": "bench"}}
    opened = client.ask("POST", "/shipments", token, asked)
    path = f"/shipments/{opened['run']}/{opened['attempt']}/0/batch"
    whole = {name: b"" for name in ("output.log", "timeline", "events.jsonl", "samples.jsonl")}
    new = {"output.log": LINE * LINES_A_SECOND, "timeline": bytes(16), "events.jsonl": b"{}\n"}
    while time.monotonic() < until_when:
        due = time.monotonic() + 1
        parts = [Part(name, len(data), new.get(name, b"{}\n")) for name, data in whole.items()]
        batch = write_batch(Batch(opened["epoch"], parts, {}, {}))
        begun = time.perf_counter()
        client.ask("POST", path, opened["token"], batch)
        took.append(1000 * (time.perf_counter() - begun))
        for part in parts:
            whole[part.stream] += part.data
        time.sleep(max(0.0, due - time.monotonic()))
    logs[opened["run"]] = whole["output.log"]


def _many(place: Path) -> tuple[float, list[float]]:
    """The server's CPU seconds in a second, and what each batch took; every byte is looked at."""
    with _server(place) as server:
        token, took, logs = token_of(server), list[float](), dict[str, bytes]()
        end = time.monotonic() + SECONDS
        given = (server, token, end, took, logs)
        threads = [threading.Thread(target=_one_of_many, args=given) for _ in range(AT_ONCE)]
        before, begun = _cpu(server), time.monotonic()
        for thread in threads:
            thread.start()
            time.sleep(1 / AT_ONCE)  # no two machines begin in the same moment
        for thread in threads:
            thread.join()
        share = (_cpu(server) - before) / (time.monotonic() - begun)
        for run, log in logs.items():
            if runfolder.attempt_folder(server.home, run, 1).log.read_bytes() != log:
                raise RuntimeError(f"{run} is not what was sent")
    if len(logs) != AT_ONCE:
        raise RuntimeError(f"{len(logs)} of {AT_ONCE} runs were sent")
    return share, took


def ship_50(place: Path) -> Figure:
    """50 runs of 1,000 lines a second and four streams: the server's share of a core."""
    share, took = _many(place / "ship-50")
    p99 = quantiles(took, n=100)[98]
    name = f"what is allowed (99 of 100 batches within {p99:.0f} ms)"
    return Figure(share, 0.25, 1.0, "of a core", name, 1)


# --- how soon, and how small --------------------------------------------------------------------


def ship_lag(place: Path) -> Figure:
    """From a line in the log there to the API here: the longest of LAGS."""
    with _server(place / "ship-lag") as server:
        worker = Worker(place / "lag", server.url, token_of(server))
        words = place / "words"
        os.mkfifo(words)
        code = "import sys\nfor line in open(sys.argv[1]): print(line, end='', flush=True)"
        worker.start(sys.executable, "-c", code, str(words))
        lags = []
        with words.open("wb", buffering=0) as writer:
            run = until(lambda: server.get("/runs").json["runs"])[0]["id"]
            for number in range(LAGS):
                word = b"word %07d" % number
                begun = time.perf_counter()
                writer.write(word + b"\n")
                until(lambda word=word: word in server.get(f"/runs/{run}/log").body)  # type: ignore[misc]
                lags.append(time.perf_counter() - begun)
        worker.ended()
        worker.end()
    return Figure(
        max(lags), 1.5, 1.0, "s", f"what is allowed ({median(lags):.2f} s at the median)", 1
    )


def ship_wire(place: Path) -> Figure:
    """Bytes of real logs as they are, against what is sent of them to another machine."""
    logs = [path.read_bytes() for path in sorted(FAILURES.rglob("*.log"))]
    log = b"".join(logs)
    sizes = [log[at : at + BATCH_BYTES] for at in range(0, len(log), BATCH_BYTES)]
    sent = sum(len(gzip.compress(b"".join(write_batch(_batch(data))), 1)) for data in sizes)
    name = f"what is sent, of {len(logs)} real logs"
    return Figure(len(log), sent, 4.0, "bytes", name, 1, better="higher")


def _batch(data: bytes) -> Batch:
    return Batch(1, [Part("output.log", 0, data)], {}, {})
