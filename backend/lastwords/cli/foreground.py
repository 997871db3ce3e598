"""`lastwords run` and `lastwords train`: a recorded command in the foreground of a shell.

The command starts before the database is even opened, inherits the caller's environment and
stdin, and never waits in the queue. Its output is echoed from the log, so what is seen is what is
kept. The command ends with the child's exit code.

What a start does not need is loaded while the recorder comes up, and what only a bad end needs
while the command runs: whoever waits at the shell does not wait for it.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lastwords.config import Config
from lastwords.folders import runfolder
from lastwords.folders.runfolder import AttemptFolder, open_regular
from lastwords.recording import environment, processes, recorder
from lastwords.records import (
    COMMAND,
    FINAL,
    SHELL,
    TRAINING,
    LastwordsError,
    Status,
    as_text,
    now,
    timestamp,
)
from lastwords.security.audit import write_from_shell
from lastwords.security.run_secrets import note_secrets

ECHO_MILLISECONDS = 25
RULES_AFTER_SECONDS = 0.2  # what ends sooner and well never needs them
_NOT_FOUND, _NOT_EXECUTABLE, _UNMET = 127, 126, 1


@dataclass(frozen=True)
class Recording:
    """What is to be recorded, and how it is shown meanwhile.

    asked: more of spec.json (kind, name, expect, spec). echo_to: a file descriptor, None for quiet.
    """

    command: Sequence[str]
    asked: Mapping[str, Any]
    echo_to: int | None
    as_json: bool


def record(config: Config, recording: Recording) -> int:
    """Run it, record it, echo it; returns the exit code to end with."""
    runfolder.make_home(config.home)
    before = _noted(recording.asked)
    folder = runfolder.reserve_run(config.home, now())
    asked = _spec_fact(config, folder, recording)
    runfolder.write_once(folder.spec, asked)
    if before is not None:
        runfolder.write_once(folder.before, before)
    stops = _pass_on_signals(folder)
    variables = {**os.environ, **environment.told(folder, asked)}
    try:
        recorder.start(folder, variables, None, lambda: _meanwhile(config, folder, variables))
    except recorder.LaunchFailed as failure:
        fact = {"finishedAt": timestamp(now()), "logBytes": 0, "launchError": failure.launch}
        runfolder.write_once(folder.result, fact)
    index = _Index(config, folder, asked)
    write_from_shell(config, "start", folder.run_id)
    echo = _Echo(folder, recording.echo_to)
    _echo_until_end(folder, echo)
    _outlive_recorder(config, folder, echo)
    for signal_name in stops[:1]:
        write_from_shell(config, "cancel", folder.run_id, signal_name)
    shown = index.settle()
    if recording.as_json:
        print(json.dumps(shown), flush=True)
    return _exit_code(folder, shown)


def _noted(asked: Mapping[str, Any]) -> dict[str, Any] | None:
    """What lies where a result is expected, for before.json; None where no folder but ours is."""
    expected = asked.get("expect") or []
    folder = Path.cwd()
    if output := asked.get("outputDir"):
        folder, expected = Path(output), ["adapter_config.json", "*.safetensors"]
    if not expected:
        return None
    from lastwords.supervision.expected import note

    return {"files": note(folder, expected)}


def _meanwhile(config: Config, folder: AttemptFolder, variables: Mapping[str, str]) -> None:
    """What is done while the recorder comes up."""
    note_secrets(config.home, folder, variables)
    load_index()


def load_index() -> None:
    """What the run's row needs; sqlite-utils alone takes 50 ms."""
    import lastwords.executors.local
    import lastwords.presentation.runs
    import lastwords.store.runs
    import lastwords.supervision.supervisor  # noqa: F401


def training(config: Config, flags: Sequence[str]) -> tuple[list[str], dict[str, Any]]:
    """The trainer's command for a shell's flags, and what spec.json says of it.

    Configured defaults fill in what was not given; unknown flags go to the trainer as they are.
    """
    import argparse

    from lastwords import spec

    parser = argparse.ArgumentParser(allow_abbrev=False, add_help=False)
    kinds = {"integer": int, "number": float}
    for field in spec.FIELDS:
        if field.flag:
            parser.add_argument(field.flag, dest=field.name, type=kinds.get(field.kind, str))
    parser.add_argument("--output-dir")
    known, rest = parser.parse_known_args(list(flags))
    given = {name: value for name, value in vars(known).items() if value is not None}
    output = given.pop("output_dir", None)
    if "loraTargets" in given:
        given["loraTargets"] = given["loraTargets"].replace(",", " ").split()
    for name in ("dbPath", "dataFile"):
        if name in given:
            given[name] = str(Path(given[name]).absolute())
    whole = spec.complete(given, config.defaults)
    command = [*config.trainer_command, *spec.trainer_arguments(whole), *rest]
    asked = {"kind": TRAINING, "spec": whole, "name": None}
    return command, asked | ({"outputDir": str(Path(output).absolute())} if output else {})


def _spec_fact(config: Config, folder: AttemptFolder, recording: Recording) -> dict[str, Any]:
    command = list(recording.command)
    if recording.asked["kind"] == TRAINING:
        command += [
            f"--run-id={folder.run_id}",
            f"--run-directory={folder.path}",
            f"--output-dir={recording.asked.get('outputDir', folder.artifacts)}",
        ]
    return {
        "runId": folder.run_id,
        "attempt": folder.number,
        "command": command,
        "cwd": str(Path.cwd()),
        "nonce": os.urandom(16).hex(),
        "createdAt": timestamp(now()),
        "triggeredBy": SHELL,
        **config.limits,
        **recording.asked,
    }


def _pass_on_signals(folder: AttemptFolder) -> list[str]:
    """A signal to us is a stop of the run, noted before it is passed on; a second one is force.

    Returns: the names of those that came, so far.
    """
    came: list[str] = []

    def stop(number: int, _frame: object) -> None:
        name = processes.signal_name(number)
        came.append(name)
        recorder.request_stop(
            folder, f"{name} at the command line", reason="stopped_by_user", signal_number=number
        )

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # nohup stays nohup
            signal.signal(number, stop)
    return came


class _Index:
    """The run's row, where the database can be had; the recording does not depend on it."""

    def __init__(self, config: Config, folder: AttemptFolder, asked: Mapping[str, Any]) -> None:
        from lastwords.store.runs import Store
        from lastwords.supervision.supervisor import Supervisor

        self.config = config
        self.folder = folder
        self.asked = asked
        self.supervisor: Supervisor | None = None
        try:
            runfolder.check_database_is_not_lost(config.home, config.database, folder.run_id)
            self.supervisor = Supervisor(config, Store(config.database))
            self.supervisor.add_asked(folder, asked, Status.RUNNING)
        except LastwordsError as error:
            _warn(f"recorded in {folder.path}, but not in the database: {error}")
            self.supervisor = None

    def settle(self) -> dict[str, Any]:
        """The ended run as the API lists it."""
        from lastwords.presentation.runs import run_json

        if self.supervisor is None:
            return self._unlisted()
        run = self.supervisor.store.run(self.folder.run_id)
        if run.status not in FINAL:
            self.supervisor.settle_run(run)
        shown = run_json(self.config.home, self.supervisor.store.run(run.id))
        self.supervisor.store.close()
        return shown

    def _unlisted(self) -> dict[str, Any]:
        from lastwords.folders.events import read_facts
        from lastwords.supervision.completion import judge

        result = runfolder.read_result(self.folder) or {}
        outcome, detail = judge(self.folder, self.asked, result, read_facts(self.folder.events))
        return {
            "id": self.folder.run_id,
            "status": outcome.status.value,
            "reason": outcome.reason,
            "exitCode": outcome.exit_code,
            "signal": outcome.signal,
            "headline": detail,
        }


def _echo_until_end(folder: AttemptFolder, echo: _Echo) -> None:
    """Copy the log to a file descriptor as it grows, until the recorder has ended."""
    identity = recorder.recorder_identity(folder)
    pidfd = processes.open_pidfd(identity) if identity else None
    poller = select.poll()
    if pidfd is not None:
        poller.register(pidfd, select.POLLIN)
    begun, is_ready = time.monotonic(), False
    while not folder.result.exists() and pidfd is not None:
        is_idle = is_ready and echo.target is None
        ended = poller.poll(None if is_idle else ECHO_MILLISECONDS)
        echo.more()
        if ended:
            break
        if not is_ready and time.monotonic() - begun > RULES_AFTER_SECONDS:
            is_ready = True
            import lastwords.diagnosis.explaining  # noqa: F401
    echo.more()
    if pidfd is not None:
        os.close(pidfd)


def _outlive_recorder(config: Config, folder: AttemptFolder, echo: _Echo) -> None:
    """Where the recorder was killed, the command may go on: wait for it in its place."""
    from lastwords.executors.local import LocalExecutor

    executor = LocalExecutor()
    while executor.ending(folder, config.grace_seconds) is None:
        time.sleep(ECHO_MILLISECONDS / 1000)
        echo.more()
    echo.more()
    executor.forget(folder)


class _Echo:
    def __init__(self, folder: AttemptFolder, target: int | None) -> None:
        self.target = target
        self.log = -1
        with suppress(OSError), open_regular(folder.log, alone=True) as file:
            self.log = os.dup(file.fileno())

    def more(self) -> None:
        """Copy what was added; a reader that went away ends the echo, not the run."""
        while self.target is not None and self.log >= 0 and (data := os.read(self.log, 1 << 16)):
            while data and self.target is not None:
                data = data[self._write(self.target, data) :]

    def _write(self, target: int, data: bytes) -> int:
        try:
            return os.write(target, data)
        except BrokenPipeError:
            self.target = None
        except BlockingIOError:  # a pipe that a program we share it with made non-blocking
            select.select([], [target], [])
        return 0


def _exit_code(folder: AttemptFolder, shown: Mapping[str, Any]) -> int:
    result = runfolder.read_result(folder) or {}
    if launch := result.get("launchError"):
        _warn(launch["message"])
        return _NOT_FOUND if launch.get("errno") in ("ENOENT", "ENOTDIR") else _NOT_EXECUTABLE
    if name := result.get("signal"):
        return 128 + processes.signal_number(name)
    code = int(result.get("exitCode") or 0)
    if code == 0 and shown.get("status") in ("failed", "lost"):
        _warn(str(shown.get("headline") or shown.get("errorPreview")))
        return _UNMET
    return code


def command_facts(name: str | None, expect: Sequence[str]) -> dict[str, Any]:
    """What spec.json says of somebody's own command."""
    shown = None if name is None else as_text(name)
    return {"kind": COMMAND, "name": shown, "expect": list(expect), "spec": {}}


def _warn(text: str) -> None:
    print(f"lastwords: {text}", file=sys.stderr, flush=True)
