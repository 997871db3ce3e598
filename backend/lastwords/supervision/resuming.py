"""What a training that is placed again may go on from: its attempts that were sent before it.

Their checkpoints lie where they were written. Whoever claims the next attempt looks for them.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from lastwords.folders import runfolder
from lastwords.folders.events import read_facts
from lastwords.folders.runfolder import AttemptFolder, UnreadableFact
from lastwords.repairing.trainings import goes_on

MOST = 16  # attempts that are told of


def earlier(folder: AttemptFolder) -> list[dict[str, Any]]:
    """The attempts before this one of the same training, the newest first: the number that each was
    sent under, its machine, and the step of the last checkpoint that it told of.

    Only of those that were placed from here: of others a machine has written the spec.json.
    """
    wanted = (runfolder.read_spec(folder) or {}).get("spec") or {}
    home = folder.path.parent.parent.parent
    found: list[dict[str, Any]] = []
    for each in reversed(runfolder.attempts_of(home, folder.run_id)):
        with suppress(UnreadableFact):
            sent = runfolder.read_shipment(each) or {}
            spec = (runfolder.read_spec(each) or {}).get("spec")
            is_ours = each.number < folder.number and each.handle.exists()
            if is_ours and sent.get("uid") and spec and goes_on(spec, wanted):
                host, step = (sent.get("host") or {}).get("name"), read_facts(each.events).saved
                found.append({"uid": sent["uid"], "host": host, "step": step})
    return found[:MOST]
