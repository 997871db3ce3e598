"""What the faults of shipping share: a wire that fails, a worker, and the two oracles."""

from __future__ import annotations

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


def kept_on(server: Server, run: str) -> AttemptFolder:
    return runfolder.attempt_folder(server.home, run, 1)


def has_bytes(server: Server, count: int) -> str:
    """The one run's id, once so many bytes of its log are there."""

    def look() -> str | None:
        found = server.get("/runs").json["runs"]
        return found[0]["id"] if found and found[0]["logBytes"] >= count else None

    return until(look)
