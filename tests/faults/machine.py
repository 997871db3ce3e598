"""A machine of its own: a real systemd as init of namespaces, to do to units what an admin does.

It must not touch the machine that tests: a booting systemd mounts, sets kernel parameters and, on
Debian, empties /tmp. So it knows no units but ours, every disk is read-only or new, and the only
folder of the host that it can write to is the one that it is given.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Literal

import pytest
from tests.faults.injection import runs
from tests.real import ROOT, until

from lastwords.recording import cgroup_paths

SYSTEMD = Path("/lib/systemd/systemd")
_NAMESPACES = ("--pid", "--mount", "--cgroup", "--uts", "--ipc", "--fork", "--mount-proc")
_BOOT = """
set -e
mount --make-rprivate /
mount -t tmpfs -o mode=755 none /run
mkdir /run/kept && mount --bind "$1" /run/kept
mkdir /run/tree && mount --bind "$3" /run/tree
mkdir /run/python && mount --bind "$4" /run/python
mkdir /run/nodes
for node in null zero full random urandom tty; do
    touch /run/nodes/$node && mount --bind /dev/$node /run/nodes/$node
done
mount -t tmpfs -o mode=755 none /dev
for node in null zero full random urandom tty; do
    touch /dev/$node && mount --move /run/nodes/$node /dev/$node
done
mkdir /dev/shm && mount -t tmpfs -o mode=1777 none /dev/shm
umount -R /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup
mount -t tmpfs -o mode=1777 none /tmp
mount -t tmpfs none /var
mkdir -p "$1" && mount --move /run/kept "$1"
# The checkout and its Python may lie below what has just been made anew.
mkdir -p "$3" && mount --move /run/tree "$3" && mount -o remount,bind,ro "$3"
mkdir -p "$4" && mount --move /run/python "$4" && mount -o remount,bind,ro "$4"
mount -o remount,bind,ro /
mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys
mount -o remount,bind,ro /sys
exec env -i container=lxc PATH="$PATH" SYSTEMD_UNIT_PATH="$1/units" \\
    "$2" --system --unit=machine.target --log-target=null --show-status=no
"""


def _group() -> Path | None:
    """A version 2 control group that we can make, for all that the machine runs."""
    own = cgroup_paths.own_groups().get(cgroup_paths.UNIFIED)
    return Path(own, f"machine-{os.getpid()}") if own and os.access(own, os.W_OK) else None


def _can_boot() -> bool:
    return (
        os.geteuid() == 0
        and os.access(SYSTEMD, os.X_OK)
        and _group() is not None
        and runs("unshare", *_NAMESPACES, "true")
    )


needs_machine = pytest.mark.skipif(
    not _can_boot(),
    reason="no systemd can be booted in namespaces here: that needs root, /lib/systemd/systemd and "
    "a version 2 control group that can be written to",
)


def scene_on_machine(name: str, folder: Path, units: Mapping[str, str]) -> str:
    """Play a scene as a unit of a machine, beside the units given; what it got.

    folder: the home, all that the machine may write to; units: their text by name.
    """
    told = folder / "told"
    _write_units(folder, told, name, units)
    group = _group()
    assert group is not None
    group.mkdir()
    script = f'echo 0 > {group}/cgroup.procs; exec "$@"'
    boot = ["sh", "-c", _BOOT, "boot", str(folder), str(SYSTEMD), str(ROOT), sys.base_prefix]
    command = ["unshare", *_NAMESPACES, "--kill-child", *boot]
    try:
        with subprocess.Popen(["sh", "-c", script, "enter", *command]) as machine:
            try:
                return until(lambda: _last_line(told) or _is_over(machine, folder), 90)
            finally:
                machine.send_signal(signal.SIGKILL)  # and the kernel ends all that it runs
    finally:
        _remove(group)


def _is_over(machine: subprocess.Popen[bytes], folder: Path) -> Literal[False]:
    """False while the machine runs. Raises: AssertionError, with why its scene ended it."""
    if machine.poll() is None:
        return False
    errors = folder / "scene.errors"
    words = errors.read_text() if errors.exists() else "the scene was not started"
    raise AssertionError(f"the machine ended with {machine.returncode}: {words}")


def _write_units(folder: Path, told: Path, scene: str, units: Mapping[str, str]) -> None:
    own = {
        "machine.target": "[Unit]\nDefaultDependencies=no\nWants=scene.service\n",
        "scene.service": (
            "[Unit]\nDefaultDependencies=no\nFailureAction=exit-force\n"
            f"[Service]\nWorkingDirectory={ROOT}\n"
            f'Environment="PATH={os.environ["PATH"]}" PYTHONDONTWRITEBYTECODE=1\n'
            f'ExecStart="{sys.executable}" -m tests.faults.scenes {scene} "{folder}"\n'
            f"StandardOutput=file:{told}\nStandardError=file:{folder}/scene.errors\n"
        ),
    }
    (folder / "units").mkdir()
    for unit, text in (own | dict(units)).items():
        (folder / "units" / unit).write_text(text)


def _last_line(told: Path) -> str | None:
    """The last whole line; a scene that wrote one may have ended the machine with itself."""
    lines = (told.read_text() if told.exists() else "").splitlines(keepends=True)
    return lines[-1].strip() if lines and lines[-1].endswith("\n") else None


def _remove(group: Path) -> None:
    """Take away the groups of the units, once the kernel has buried the last that was in them."""

    def is_removed() -> bool:
        for folder, _, _ in os.walk(group, topdown=False):
            with suppress(OSError):
                Path(folder).rmdir()
        return not group.exists()

    until(is_removed)
