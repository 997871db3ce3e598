"""Starts a shipper beside a run, and waits at its end for what is still to be sent.

Standard library only.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from lastwords.folders.runfolder import AttemptFolder
from lastwords.shipping.target import Target

_PASSED_ON = """
    PATH HOME LANG SSL_CERT_FILE SSL_CERT_DIR TMPDIR SLURM_JOB_ID RAY_JOB_CONFIG_JSON_ENV_VAR
    http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY
""".split()

# Below the run: what is sent a moment later costs nothing, the run's core does. From its first line
# on, for its imports take as long as the sending of a short run.
NICENESS = 10


class Shipping:
    """A shipper that was started from here, as its launcher hears it."""

    def __init__(self, folder: AttemptFolder, target: Target, drain: float) -> None:
        """Start it; nobody waits for it. Raises: OSError."""
        self._folder, self._target, self._drain = folder, target, drain
        self._pipe, told = os.pipe()
        self._heard = b""
        descriptor = os.memfd_create("lastwords")  # a token is nothing for a command line
        try:
            asked = {"folder": str(folder.path), "target": list(target), "drain": drain}
            os.write(descriptor, json.dumps(asked).encode())
            self._process = subprocess.Popen(
                _command(descriptor, told),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
                pass_fds=(descriptor, told),
                cwd="/",
                start_new_session=True,
            )
        finally:
            os.close(descriptor)
            os.close(told)

    def wait(self, stops: Sequence[str]) -> str | None:
        """Wait until all is sent, for as long as the server answers; what to say if it is not.

        stops: the signals that came so far; another one ends the waiting.
        """
        deadline, came = time.monotonic() + self._drain, len(stops)
        state, words = "away", f"{self._target.url} has not answered yet"
        was_reached = False
        while time.monotonic() < deadline and len(stops) == came:
            told = self._next(min(0.2, max(0.0, deadline - time.monotonic())))
            if told is None:
                break
            was_reached = was_reached or any(said[0] == "reached" for said in told)
            if told:
                state, words = told[-1]
            if state in ("sealed", "refused") or (state == "away" and told and not was_reached):
                break
        if state == "sealed":
            return None
        run = self._folder.run_id
        home = self._folder.home
        return f"not sent whole ({words}); the rest: lastwords ship {run} --home {home}"

    def _next(self, seconds: float) -> list[tuple[str, str]] | None:
        """What it told since; None once it tells nothing any more."""
        if not select.select([self._pipe], [], [], seconds)[0]:
            return []
        if not (data := os.read(self._pipe, 1 << 16)):
            return None
        *lines, self._heard = (self._heard + data).split(b"\n")
        return [(state, words) for state, words in map(json.loads, lines)]

    def let_go(self) -> None:
        """Leave it to itself."""
        with suppress(OSError):
            os.close(self._pipe)
        self._process.poll()


def _command(*descriptors: int) -> list[str]:
    package_root = str(Path(__file__).parents[2])
    code = (
        f"import os, sys; os.nice({NICENESS}); sys.path.insert(0, {package_root!r}); "
        "from lastwords.shipping.entry import main; main(*map(int, sys.argv[1:]))"
    )
    return [sys.executable, "-I", "-S", "-c", code, *map(str, descriptors)]


def start(
    folder: AttemptFolder, target: Target, drain: float, warn: Callable[[str], None]
) -> Shipping | None:
    """A shipper for a run that has just been started; without one it runs all the same."""
    try:
        return Shipping(folder, target, drain)
    except OSError as error:
        warn(f"not sent to {target.url}: {error}")
        return None
