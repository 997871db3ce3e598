"""What a training that is placed again goes on from: the last checkpoint in the spool of this node.

The server says under which numbers its attempts were sent; whether their folders are seen from here
only this node can tell. Standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from lastwords.folders.spooled import attempt_of

MISSING = "checkpoint_missing"
_WORDS = (
    "The checkpoint of step {step} lies on {host}, in a spool that is not seen from {here}: the "
    "training began anew. With a spool on a shared file system (docs/clusters.md) a retry goes on."
)


class Start(NamedTuple):
    """flags: more of the trainer's command. notice: why it begins anew, if somebody wonders."""

    flags: Sequence[str] = ()
    notice: str | None = None


def start_of(spool: Path, earlier: Sequence[Mapping[str, Any]], here: str) -> Start:
    """earlier: `uid`, `host` and `step` (of the last checkpoint, if there was one) of the attempts
    of the same training, the newest first.
    """
    for each in earlier:
        folder = attempt_of(spool, each.get("uid"))
        if folder and any((folder.path / "checkpoints").glob("checkpoint-*")):
            return Start([f"--resume-from={folder.path}"])
    saved = next((each for each in earlier if each.get("step") is not None), None)
    return Start((), _WORDS.format(**saved, here=here)) if saved else Start()
