"""Sending attempts that nobody sends: recorded offline, or left by a machine that died.

Standard library only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from lastwords.basics import LastwordsError
from lastwords.folders import runfolder
from lastwords.folders.locks import FileLock
from lastwords.folders.runfolder import AttemptFolder
from lastwords.shipping.client import Refused, Unreachable
from lastwords.shipping.shipper import Ended, Shipper, state_of
from lastwords.shipping.target import Target


def attempts_to_send(home: Path, runs: Sequence[str], url: str) -> Iterator[AttemptFolder]:
    """The attempts of these runs, or of all, of which a server has not everything yet.

    Raises: LastwordsError, if there is no such run.
    """
    known = list(runfolder.all_run_ids(home))
    for run_id in [_whole(home, known, run) for run in runs] or known:
        for folder in runfolder.attempts_of(home, run_id):
            if folder.is_shipped or not folder.spec.exists():
                continue  # it came from elsewhere, or nothing was ever asked
            if runs or not state_of(folder, url).get("sealed"):
                yield folder


def _whole(home: Path, known: Sequence[str], text: str) -> str:
    """The one run that an id, or the beginning of one, names."""
    if text == "latest" and known:
        return known[-1]
    found = [text] if text in known else [run for run in known if run.startswith(text)]
    if len(found) != 1:
        why = "matches several runs" if found else f"matches no run in {home}"
        raise LastwordsError(f"{text!r} {why}")
    return found[0]


def send(folder: AttemptFolder, target: Target) -> tuple[str, bool]:
    """Send what is there; words on that, and whether it went well."""
    state = state_of(folder, target.url)
    if state.get("sealed"):
        return f"is there already, as {state['run']} on {target.url}", True
    lock = FileLock(folder.path / "shipper.lock")
    if not lock.try_acquire():
        return "is being sent by another process", True
    told: dict[str, str] = {}
    shipper = Shipper(folder, target, told.__setitem__)
    try:
        sealed = shipper.ship_what_is_there()
    except (Ended, Refused, Unreachable) as error:
        return f"not sent: {error}", False
    finally:
        shipper.close()
        lock.release()
    there = told.get("reached") or folder.run_id
    words = "sent whole" if sealed else "sent as far as it is; it is running"
    return f"{words}, as {there} on {target.url}", True


def send_all(home: Path, runs: Sequence[str], to: Target, say: Callable[[str], None]) -> bool:
    """Send these runs, or all; whether everything went well."""
    well = True
    for folder in attempts_to_send(home, runs, to.url):
        words, is_well = send(folder, to)
        well = well and is_well
        say(f"{folder.run_id}: {words}")
    return well
