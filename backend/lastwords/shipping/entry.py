"""Where a shipper begins: a process beside the recorder, which outlives whoever started it.

    python -I -S -c '…' DESCRIPTOR PIPE    (see `starting`)

Two processes: one sends, the other begins anew in its place if it is killed. Standard library only.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from lastwords.folders.locks import FileLock
from lastwords.folders.runfolder import AttemptFolder
from lastwords.shipping.shipper import Shipper
from lastwords.shipping.target import Target

RESTARTS = 100
_PAUSE_SECONDS = 0.5


def main(descriptor: int, pipe: int) -> None:
    """Fork away from the launcher and send what a file tells of: folder, target, drain."""
    if os.fork():
        os._exit(0)
    os.setsid()
    os.set_inheritable(pipe, False)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    asked = json.loads(os.pread(descriptor, os.fstat(descriptor).st_size, 0))
    os.close(descriptor)
    folder = AttemptFolder(Path(asked["folder"]))
    errors = os.open(folder.path / "shipper.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(errors, 2)
    for _ in range(RESTARTS):
        sender = os.fork()
        if not sender:
            _send(folder, asked, pipe)
        _, status = os.waitpid(sender, 0)
        if not os.WIFSIGNALED(status):
            break
        time.sleep(_PAUSE_SECONDS)
    os._exit(0)


def _send(folder: AttemptFolder, asked: dict[str, Any], pipe: int) -> None:
    """Send it to its end, and never come back."""
    code = 1
    try:
        with FileLock(folder.path / "shipper.lock"):
            shipper = Shipper(folder, Target(*asked["target"]), _teller(pipe))
            code = 0 if shipper.ship(asked["drain"]) else 1
    except OSError as error:
        print(f"nothing more is sent: {error}", file=sys.stderr)
    finally:
        os._exit(code)


def _teller(pipe: int) -> Any:
    last = [""]

    def tell(state: str, words: str) -> None:
        """Tell a launcher that still listens; each state once until there is another one."""
        if state == last[0]:
            return
        last[0] = state
        with suppress(OSError):
            os.write(pipe, json.dumps([state, words]).encode() + b"\n")

    return tell
