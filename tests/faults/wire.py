"""What the faults of shipping share: a wire that fails, a worker, and the two oracles."""

from __future__ import annotations

import os
import time

from tests.real import Server, until
from tests.shipping.kit import same_files, sent_run

from lastwords.folders import runfolder
from lastwords.folders.runfolder import AttemptFolder

SLOW = 0.01  # seconds between lines


def told(server: Server, folder: AttemptFolder, seconds: float = 40) -> str:
    """Status, reason and the oracle of bytes of the one run, once it is final."""
    run = sent_run(server)
    ended = server.ended(run["id"], seconds)
    until(lambda: same_files(folder, server, run["id"], ended["attempt"]))
    return f"{ended['status']}/{ended['reason']}, same bytes"


def printed(lines: int) -> bytes:
    """What `prints` prints."""
    return b"".join(b"line %07d " % n + b"x" * 80 + b"\n" for n in range(lines))


def falls_silent(server: Server, run: str) -> None:
    """Have it that a run was last heard days ago, by a server that listened ever since."""
    old = time.time() - 3 * 86_400
    until((server.home / "listening").exists)
    draft = server.home / "listening.test"
    draft.write_text(f"{old}\n")
    draft.replace(server.home / "listening")  # at no time without a word: the server looks at it
    os.utime(kept_on(server, run).contact, (old, old))


def kept_on(server: Server, run: str) -> AttemptFolder:
    return runfolder.attempt_folder(server.home, run, 1)


def has_bytes(server: Server, count: int) -> str:
    """The one run's id, once so many bytes of its log are there."""

    def look() -> str | None:
        found = server.get("/runs").json["runs"]
        return found[0]["id"] if found and (found[0]["shippedBytes"] or 0) >= count else None

    return until(look)
