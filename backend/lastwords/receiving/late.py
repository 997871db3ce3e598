"""Who comes back after somebody called its run lost: a new attempt, with its bytes and true end.

A final status never changes, and no byte is refused.
"""

from __future__ import annotations

import json
import shutil

from lastwords.folders import runfolder
from lastwords.folders.runfolder import AttemptFolder
from lastwords.receiving.refusals import TooOften
from lastwords.recording import notices
from lastwords.records import FINAL, Status
from lastwords.shipping.wire import FACTS, STREAMS
from lastwords.store import shipments
from lastwords.store.shipments import Shipment
from lastwords.supervision.supervisor import Supervisor

_WORDS = "It was heard again after it had been called lost; the next attempt tells how it ended."


def come_back(supervisor: Supervisor, kept: Shipment, folder: AttemptFolder) -> AttemptFolder:
    """The attempt that takes the bytes from now on, listed as running.

    Raises: TooOften, while a later attempt goes on, which would not be looked at any more.
    """
    run = supervisor.store.run(kept.run)
    if run.status not in FINAL:
        supervisor.settle_run(run)
        run = supervisor.store.run(kept.run)
    if run.status not in FINAL:
        words = f"attempt {run.attempt} of {run.id} goes on; send this once it has ended"
        raise TooOften(words, retryAfterSeconds=30)
    new = runfolder.make_attempt(supervisor.config.home, kept.run, run.attempt + 1)
    for name in (*STREAMS, *(f"{fact}.json" for fact in FACTS), folder.shipment.name):
        if (folder.path / name).exists():
            shutil.copyfile(folder.path / name, new.path / name)
    asked = dict(runfolder.read_spec(folder) or {}) | {"attempt": new.number, "late": True}
    new.spec.write_text(json.dumps(asked), encoding="utf-8")
    notices.tell_of_shipment(folder, "came_back", _WORDS)
    supervisor.add_attempt(new, asked, Status.RUNNING)
    shipments.move_shipment(supervisor.store, kept.uid, new.number)
    return new
