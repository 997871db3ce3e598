"""Somebody's own command, queued at a shell for an engine."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from lastwords.folders import runfolder
from lastwords.records import SHELL, Run, Status, StoreUnavailable, now, timestamp
from lastwords.supervision.retrying import writable
from lastwords.supervision.supervisor import Supervisor


def queue_command(
    supervisor: Supervisor,
    command: Sequence[str],
    asked: Mapping[str, Any],
    wanted: Mapping[str, Any],
    user: str | None,
) -> Run:
    """Queue a command for the engine that `wanted` names; it runs there in this working folder.

    asked: more of spec.json (kind, name, expect, labels). wanted: fields of `spec.PLACEMENT`.

    Raises: InvalidSpec, which names the field; HomeUnwritable.
    """
    supervisor.store.require()
    whole = {name: value for name, value in wanted.items() if value is not None}
    supervisor.check_placement(whole)
    with writable(supervisor.config.home):
        folder = runfolder.reserve_run(supervisor.config.home, now())
        fact = {
            "runId": folder.run_id,
            "attempt": folder.number,
            "command": list(command),
            "cwd": os.getcwd(),  # noqa: PTH109
            "nonce": secrets.token_hex(16),
            "createdAt": timestamp(now()),
            "triggeredBy": SHELL,
            "user": user,
            **supervisor.config.limits,
            **asked,
            "timeLimitSeconds": whole.get("timeLimitSeconds"),
            "spec": whole,
        }
        try:
            runfolder.write_once(folder.spec, fact)
            supervisor.add_asked(folder, fact, Status.QUEUED)
        except (OSError, StoreUnavailable):
            runfolder.remove_run(supervisor.config.home, folder.run_id)
            raise
    supervisor.on_change()
    return supervisor.store.run(folder.run_id)
