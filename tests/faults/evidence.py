"""What must hold after every fault, looked up in the folder, the kernel, the index and the API.

The seven invariants: no run that is not final without a living process; `completed` only with every
proof; a final status stays; one training per attempt; the log on disk is what the API serves; no
process of a finished run is left; and what is not known is said to be unknown, with the reason.
"""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path

from tests.child import LINE, numbered_line
from tests.real import Server, until

from lastwords.config import Config
from lastwords.folders import events, runfolder
from lastwords.folders.runfolder import AttemptFolder
from lastwords.logs.logfile import LogFile
from lastwords.recording import processes, recorder
from lastwords.records import FINAL, Run, Status
from lastwords.store.runs import Store
from lastwords.supervision import completion
from lastwords.supervision.supervisor import Supervisor

SETTLED_WITHIN = 30.0  # seconds; the product needs one, a busy machine more


def attempt_of(home: Path, run: Run) -> AttemptFolder:
    return runfolder.attempt_folder(home, run.id, run.attempt)


def invariants(home: Path, run_id: str, server: Server | None = None) -> Run:
    """See that all seven hold for a run; the run as the index has it.

    server: one that serves this home; without one, a supervisor of our own settles.
    """
    with_index = Store(Config(home).database)
    try:
        run = _settled(home, with_index, run_id, server)
        folder = attempt_of(home, run)
        assert len(mains(folder)) <= 1, "two trainings of one attempt"
        if run.status in FINAL:
            _is_final_for_good(home, with_index, run, folder)
        if folder.log.exists():
            _log_is_served_as_it_is(folder, run, server)
        return run
    finally:
        with_index.close()


def _settled(home: Path, store: Store, run_id: str, server: Server | None) -> Run:
    """The run, once it is final, waits in the queue, or has a living process."""
    own = None if server else Supervisor(Config(home), store)

    def look() -> Run | None:
        if own:
            own.settle()
        run = store.run(run_id)
        if run.status != Status.RUNNING:
            return run
        return (
            run if recorder.is_recorded(attempt_of(home, run)) or _child_lives(home, run) else None
        )

    return until(look, SETTLED_WITHIN)


def _child_lives(home: Path, run: Run) -> bool:
    fact = runfolder.read_fact(attempt_of(home, run).child)
    return fact is not None and processes.is_alive(processes.Identity.from_json(fact))


def _is_final_for_good(home: Path, store: Store, run: Run, folder: AttemptFolder) -> None:
    until(lambda: not recorder.strays(folder), SETTLED_WITHIN)
    result = runfolder.read_result(folder)
    if result is not None:  # a folder that somebody deleted has none
        asked = runfolder.read_fact(folder.spec) or {"kind": run.kind}
        outcome, _ = completion.judge(folder, asked, result, events.read_facts(folder.events))
        assert (run.status, run.reason) == (outcome.status, outcome.reason)
        assert run.log_bytes == (folder.log.stat().st_size if folder.log.exists() else 0)
    if run.status == Status.LOST:
        assert run.reason and run.detail, "what is not known must say why"
    Supervisor(Config(home), store).settle()
    assert store.run(run.id) == run, "a final run changed"


def _log_is_served_as_it_is(folder: AttemptFolder, run: Run, server: Server | None) -> None:
    if run.status not in FINAL:
        return  # it grows between two looks
    written = folder.log.read_bytes()
    with LogFile(folder) as log:
        assert b"".join(log.chunks(0, log.size)) == written
    if server:
        for path in ("log", "log?download=1"):
            answer = server.get(f"/runs/{run.id}/{path}")
            assert (answer.status, answer.body) == (200, written)


def mains(folder: AttemptFolder) -> list[processes.Identity]:
    """The attempt's living processes that run its command and were not forked by one that does."""
    command = [part.encode() for part in (runfolder.read_fact(folder.spec) or {})["command"]]
    running = [stray for stray in recorder.strays(folder) if _command_line(stray.pid) == command]
    below = {child for main in running for child in processes.descendants(main.pid)}
    return [main for main in running if main not in below]


def _command_line(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:-1]
    except OSError:
        return []


# --- the byte oracle: a child that `counts` attests every line that write(2) took ---------------


def attested(folder: AttemptFolder) -> tuple[int, bytes]:
    """How many bytes the child's witness attests, and their sha256."""
    data = (folder.path / "witness").read_bytes()
    if not data:  # it was killed before its first line
        return 0, hashlib.sha256().digest()
    return struct.unpack("<Q", data[:8])[0], data[8:]


def every_byte_is_kept(folder: AttemptFolder) -> int:
    """See that the log holds each attested byte, in order, torn nowhere; returns how many lines.

    The child may have been killed between writing a line and attesting it, so one more may stand.
    What its last words were after counting is not looked at.
    """
    size, digest = attested(folder)
    log = folder.log.read_bytes()
    assert hashlib.sha256(log[:size]).digest() == digest, "bytes that were written are not there"
    lines = size // LINE
    assert log[: lines * LINE] == b"".join(map(numbered_line, range(lines)))
    return lines
