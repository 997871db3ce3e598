"""Which machine noted a process: those of another one cannot be seen from here.

A boot that is not ours means that this machine has restarted, unless the folder lies where other
machines write too: a home on NFS, say. There the one that noted it must also have our name and id.
Linux only; standard library only.

Source: machine-id(5), proc_pid_mountinfo(5)
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from lastwords.recording import processes

_SHARED = (
    "9p", "afs", "beegfs", "ceph", "cifs", "fuse", "fuseblk", "gfs2", "glusterfs", "gpfs", "lustre",
    "nfs", "nfs4", "ocfs2", "orangefs", "prl_fs", "pvfs2", "smb3", "smbfs", "vboxsf", "virtiofs",
    "wekafs",
)  # fmt: skip
_MACHINE_ID = Path("/etc/machine-id")


def this_host() -> dict[str, str]:
    """The name of this machine, and a checksum of its id, which is not to leave it.

    No digest: hashlib loads OpenSSL, which takes longer than all else that a recorder notes.
    """
    machine = ""
    with suppress(OSError):
        machine = f"{zlib.crc32(_MACHINE_ID.read_bytes().strip()):08x}"
    return {"name": os.uname().nodename, "machine": machine}


def elsewhere(child: Mapping[str, Any], folder: Path) -> str | None:
    """The name of the other machine that a child was noted on, "" if it has none; None for ours."""
    if child["boot_id"] == processes.boot_id() or not is_shared(folder):
        return None
    host = child.get("host") or {}
    if host.get("machine") and host == this_host():
        return None
    return str(host.get("name") or "")


def is_shared(folder: Path) -> bool:
    """Whether a folder lies in a file system that several machines may write to."""
    device = os.stat(folder).st_dev  # noqa: PTH116
    number = f"{os.major(device)}:{os.minor(device)}"
    with suppress(OSError):
        for line in Path("/proc/self/mountinfo").read_text(errors="replace").splitlines():
            before, _, after = line.partition(" - ")
            if before.split()[2] == number:
                return after.partition(" ")[0].partition(".")[0] in _SHARED
    return False
