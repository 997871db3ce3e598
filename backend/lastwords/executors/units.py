"""Units: where systemd runs the server as a service, each attempt gets a scope of its own.

What ends a service ends everything in its control group: `systemctl restart` of the server would
end every run. A recorder in a scope is in nobody else's unit. A server that is no unit's needs
none, and a command at a shell stays where its shell is: its limits are to hold for the command too.

Source: systemd-run(1), systemd.kill(5); Delegate=yes lets the recorder make groups below the scope.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from lastwords.folders.runfolder import AttemptFolder

_ANSWER_SECONDS = 10.0
_SPARES = ("process", "none")  # the kill modes that end the main process alone


def own_service() -> str | None:
    """The service that systemd runs this process as; None where it runs it as none."""
    if "INVOCATION_ID" not in os.environ:
        return None
    units = [part for part in _own_path().split("/") if part.endswith((".service", ".scope"))]
    return units[-1] if units and units[-1].endswith(".service") else None


def scope(name: str) -> list[str]:
    """The words before a command that start it in a scope; none where we are in no service."""
    if own_service() is None:
        return []
    where = ["--user"] if f"/user@{os.getuid()}.service/" in _own_path() else []
    unit = f"--unit={name}-{os.urandom(4).hex()}.scope"
    kept = ["--quiet", "--collect", "--slice-inherit", "--property=Delegate=yes"]
    return ["systemd-run", *where, "--scope", unit, *kept, "--"]


def scope_of(folder: AttemptFolder) -> list[str]:
    """The words that start the recorder of an attempt in a scope, see `scope`."""
    return scope(f"lastwords-{folder.run_id}-{folder.number}")


def warning() -> str | None:
    """A warning for the server's start if stopping the server would stop its runs."""
    service = own_service()
    if service is None or _answers([*scope("lastwords-start"), "true"]) is not None:
        return None
    mode = _answers(["systemctl", "show", "--property=KillMode", "--value", service])
    if mode in _SPARES:
        return None
    return (
        f"restarting {service} will end its runs unless the unit sets KillMode=process: "
        "systemd does not allow scopes for their recorders (systemd-run --scope)"
    )


def _own_path() -> str:
    """Our control group as systemd knows it: the version 2 one, or that of its own hierarchy."""
    try:
        lines = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    paths = dict(line.split(":", 2)[1:] for line in lines)
    return max(paths.get("", ""), paths.get("name=systemd", ""), key=len)


def _answers(command: list[str]) -> str | None:
    """What a command says, where it can be had and ends well."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            text=True,
            timeout=_ANSWER_SECONDS,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
