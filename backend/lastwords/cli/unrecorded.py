"""`lastwords run` without a record: where none can be kept, the command is run all the same.

A full or read-only home is no reason for a command to fail, nor for its output to be lost: that
goes where it would go without us, and the exit code is the command's.
"""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lastwords.cli.unlisted import shown_outcome
from lastwords.recording import recorder
from lastwords.records import Outcome, Status
from lastwords.supervision.adapter_check import Unproved
from lastwords.supervision.expected import note, prove_written


def run(
    command: Sequence[str], asked: Mapping[str, Any], as_json: bool
) -> tuple[Mapping[str, Any], dict[str, Any]]:
    """Run it without a record; returns what a result would say of its end, and what is shown of it.

    as_json: stdout is for us, and the command's output goes to stderr.
    """
    expected: Sequence[str] = asked.get("expect") or []
    noted = note(Path(), expected)
    result = _ended(command, 2 if as_json else None)
    code, name = result.get("exitCode"), result.get("signal")
    outcome, sentence = Outcome(Status.FAILED, "exit_code", code, name), None
    if code == 0:
        outcome = Outcome(Status.COMPLETED, "ok", code)
        try:
            prove_written(Path(), expected, noted)
        except Unproved as unproved:
            outcome, sentence = Outcome(Status.FAILED, unproved.reason, code), str(unproved)
    elif name:
        outcome = Outcome(Status.FAILED, f"killed_by_{name}", None, name)
    elif launch := result.get("launchError"):
        outcome, sentence = Outcome(Status.FAILED, "launch_failed"), launch["message"]
    return result, {"id": None} | shown_outcome(outcome, sentence)


def _ended(command: Sequence[str], stdout: int | None) -> dict[str, Any]:
    """Its end; a signal to us is one to it, also one that comes before it was started."""
    came: list[int] = []
    pass_on: Callable[[int], None] = came.append
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda given, _frame: pass_on(given))
    try:
        process = subprocess.Popen(list(command), stdout=stdout, start_new_session=True)
    except OSError as error:
        return {"launchError": recorder.launch_error(error.errno or 0, command[0], "command")}
    pass_on = process.send_signal
    for given in came:
        process.send_signal(given)
    return recorder.describe_exit(process.wait())
