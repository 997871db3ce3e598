"""Recorded cells of a notebook: `%load_ext lastwords`, then `%%lastwords` on top of a script.

A cell is handed to `lastwords run` in a process of its own, so that everything that holds at a
shell holds here. IPython calls this and is not imported.
"""

from __future__ import annotations

import argparse
import codecs
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn, Protocol

from lastwords.records import LastwordsError

# As at GitHub's: the first command that fails ends the cell, also in front of a pipe.
_BASH, _SH = ("bash", "-eo", "pipefail"), ("sh", "-e")
_PYTHONS = ("python", "python3")  # the kernel's own, which need not be the first in PATH
_TAKES_CODE = {"node": "-e", "perl": "-e", "ruby": "-e", "Rscript": "-e", "julia": "-e"}


class Shell(Protocol):
    """What is used of IPython's InteractiveShell."""

    def register_magic_function(
        self, func: Callable[[str, str], None], magic_kind: str, magic_name: str
    ) -> None: ...


class CellFailed(LastwordsError):
    """A cell did not complete, or its options are wrong; shown without the frames of IPython.

    IPython's own UsageError would not do: papermill goes on after it.
    """

    def _render_traceback_(self) -> list[str]:
        return str(self).splitlines()


def register(shell: Shell) -> None:
    """Make `%%lastwords` known to IPython."""
    shell.register_magic_function(record_cell, "cell", "lastwords")


def record_cell(line: str, cell: str) -> None:
    """Record a shell script, or code for the program named on the first line.

    %%lastwords [--name NAME] [--expect PATH]... [--no-raise] [PROGRAM [ARGUMENT]...]
    """
    asked = _asked(line)
    options = [f"--name={asked.name}"] if asked.name is not None else []
    options += [f"--expect={path}" for path in asked.expect]
    run = _record([*options, "--", *_command(asked.program, cell)])
    if run.get("status") == "completed":
        return
    failure = CellFailed(_told(run))
    if not asked.no_raise:
        raise failure
    print(failure, file=sys.stderr)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise CellFailed(f"{self.prog}: {message}\n{self.format_usage().strip()}")


def _asked(line: str) -> argparse.Namespace:
    parser = _Parser(prog="%%lastwords", add_help=False, allow_abbrev=False)
    parser.add_argument("--name")
    parser.add_argument("--expect", metavar="PATH", action="append", default=[])
    parser.add_argument("--no-raise", action="store_true")
    parser.add_argument("program", nargs=argparse.REMAINDER)
    try:
        words = shlex.split(line)
    except ValueError as error:  # a quote without its end
        parser.error(str(error))
    return parser.parse_args(words)


def _command(program: Sequence[str], cell: str) -> list[str]:
    """The program with its code; an empty line stands for the magic's, so that numbers agree."""
    words = list(program[program[:1] == ["--"] :])
    words = words or list(_BASH if shutil.which("bash") else _SH)
    option = _TAKES_CODE.get(Path(words[0]).name, "-c")
    if words[0] in _PYTHONS:
        words[0] = sys.executable
    return [*words, option, f"\n{cell}"]


def _record(arguments: Sequence[str]) -> dict[str, Any]:
    """`lastwords run`, its output shown as it comes; the run as JSON, empty if there is none."""
    # -P: modules beside the notebook are not ours. A session of its own: Jupyter interrupts the
    # kernel's whole group, and a second SIGINT would be force.
    command = [sys.executable, "-P", "-m", "lastwords", "run", "--json", *arguments]
    with tempfile.TemporaryFile() as answer:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=answer,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        is_interrupted = _show(process)
        process.wait()
        answer.seek(0)
        said = answer.read()
    if is_interrupted:
        raise KeyboardInterrupt
    return dict(json.loads(said)) if said else {}


def _show(process: subprocess.Popen[bytes]) -> bool:
    """Show the output until its end; an interrupt of the cell goes on to the run, which may ask
    for patience. Whether there was one.
    """
    assert process.stderr is not None
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    is_interrupted = False
    while True:
        try:
            data = os.read(process.stderr.fileno(), 1 << 16)
            sys.stdout.write(decoder.decode(data, final=not data))
            sys.stdout.flush()
        except KeyboardInterrupt:
            is_interrupted = True
            process.send_signal(signal.SIGINT)
            continue
        if not data:
            process.stderr.close()
            return is_interrupted


def _told(run: dict[str, Any]) -> str:
    """What a cell says of a run that did not complete: what, why, and where there is more."""
    if not run:
        return "lastwords run could not record the cell; its reason stands above"
    first = f"{run['id']} {run['status']}"
    lines = [f"{first}: {run['headline']}" if run.get("headline") else first]
    if run.get("title"):
        lines.append(f"Cause: {run['title']} ({run['cause']})")
    lines.append(f"The whole error: lastwords error {run['id']}")
    lines.append(f"What to do next: lastwords explain {run['id']}")
    return "\n".join(lines)
