"""Checks of the engines that runs can be placed on: settings, whether they answer, a node.

Only `lastwords doctor` asks: it takes a place on a node for a moment, and somebody waits for it.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from shlex import quote

from lastwords.config import Config, InvalidSetting
from lastwords.doctor.finding import Finding
from lastwords.executors.engines import EngineAway, EngineRefused
from lastwords.executors.slurm import Settings, Slurm

NODE_SECONDS = 30.0
CLOCK_SECONDS = 60.0
_ASKED = (
    "import json, os, sys, time; print(json.dumps({'python': list(sys.version_info[:3]), "
    "'time': time.time(), 'pyz': os.path.isfile(sys.argv[1]), "
    "'spool': not sys.argv[2] or os.access(sys.argv[2], os.W_OK), 'node': os.uname()[1]}))"
)


def check_engines(config: Config) -> Iterator[Finding]:
    """What is to be said of each engine that is configured."""
    if "slurm" in config.executors:
        yield from _slurm(config)


def _slurm(config: Config) -> Iterator[Finding]:
    edit = f"$EDITOR {quote(str(config.home / 'lastwords.toml'))}"
    try:
        settings = Settings.of(config.executors["slurm"])
    except InvalidSetting as error:
        yield Finding("slurm", "fail", str(error), edit)
        return
    if settings.url.startswith("http://") and not settings.plain_http:
        words = f"{settings.url} is not encrypted: use https, or set plain_http = true"
        yield Finding("slurm url", "warn", words, edit)
    try:
        Slurm(settings).jobs()
    except (EngineAway, EngineRefused) as error:
        yield Finding("slurm", "fail", str(error), "scontrol ping")
        return
    yield Finding("slurm", "ok", "Slurm answers")
    yield from _node(settings)


def _node(settings: Settings) -> Iterator[Finding]:
    """What a node says of Python, its clock, and the files that it needs."""
    words = ["srun", "--nodes=1", "--ntasks=1", "--time=1", "--quiet", "--chdir=/", "--export=NONE"]
    words += [settings.python, "-I", "-c", _ASKED, settings.pyz, settings.spool or ""]
    ask = f"srun --nodes=1 {quote(settings.python)} --version"
    try:
        done = subprocess.run(
            words, capture_output=True, timeout=NODE_SECONDS, check=False, stdin=subprocess.DEVNULL
        )
    except (subprocess.TimeoutExpired, FileNotFoundError):
        yield Finding("slurm node", "warn", "no node was free to be asked", "sinfo")
        return
    try:
        told = json.loads(done.stdout)
    except ValueError:
        said = " ".join(done.stderr.decode("utf-8", "replace").split())[:300]
        yield Finding("slurm node", "fail", f"{settings.python} does not run there: {said}", ask)
        return
    yield from _judged(settings, told, ask)


def _judged(settings: Settings, told: dict[str, object], ask: str) -> Iterator[Finding]:
    version = told["python"]
    assert isinstance(version, list) and isinstance(told["time"], float)
    shown = ".".join(map(str, version))
    if version < [3, 11]:
        words = f"Python {shown} on {told['node']} is too old: 3.11 or newer is needed"
        yield Finding("slurm node", "fail", words, ask)
    else:
        yield Finding("slurm node", "ok", f"Python {shown} on {told['node']}")
    if (off := abs(told["time"] - time.time())) > CLOCK_SECONDS:
        words = f"the clock of {told['node']} differs by {off:,.0f} s"
        yield Finding("slurm clock", "warn", words, "srun --nodes=1 timedatectl")
    if not told["pyz"]:
        make = f"lastwords worker-zipapp -o {quote(settings.pyz)}"
        yield Finding("slurm worker", "fail", f"{settings.pyz} is not on {told['node']}", make)
    if not told["spool"]:
        make = f"mkdir -p -m 700 {quote(str(Path(settings.spool or '')))}"
        words = f"{settings.spool} cannot be written on {told['node']}"
        yield Finding("slurm spool", "fail", words, make)
