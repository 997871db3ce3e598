"""`lastwords run` and `lastwords train`: a recorded command in the foreground of a shell.

The command starts before the database is even opened, inherits the caller's environment and
stdin, and never waits in the queue. Its output is echoed from the log, so what is seen is what is
kept. The command ends with the child's exit code, whatever becomes of its listing or its record.

What a start does not need is loaded while the recorder comes up, and what only a bad end needs
while the command runs: whoever waits at the shell does not wait for it.
"""

from __future__ import annotations

import errno
import json
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lastwords.cli.ci import tell_ci
from lastwords.cli.echo import Echo, Waiting, warn
from lastwords.cli.schedulers import engine, join, scheduler
from lastwords.config import Config
from lastwords.folders import runfolder
from lastwords.folders.runfolder import AttemptFolder
from lastwords.recording import environment, notices, processes, recorder
from lastwords.records import (
    SHELL,
    TRAINING,
    HomeUnwritable,
    LastwordsError,
    now,
    timestamp,
)
from lastwords.security.audit import shell_user, write_from_shell
from lastwords.security.run_secrets import note_secrets

if TYPE_CHECKING:
    from lastwords.cli.listing import Listing
    from lastwords.cli.terminal import Terminal
    from lastwords.cli.unlisted import Unlisted
    from lastwords.shipping.starting import Shipping

_NOT_FOUND, _NOT_EXECUTABLE, _UNMET = 127, 126, 1
Ended = tuple[Mapping[str, Any], Mapping[str, Any]]  # what the result says, and what is shown


class NotRecorded(LastwordsError):
    """Nothing can be recorded, and nothing was started."""


@dataclass(frozen=True)
class Recording:
    """What is to be recorded, and how it is shown meanwhile.

    asked: more of spec.json (kind, name, expect, spec). echo_to: a file descriptor, None for quiet.
    on_terminal: whether the command gets a terminal of its own. to: the server that it is sent to,
    None for what is configured, "" for none; drain: seconds that are waited for it in the end.
    is_listed: whether the home has a database. is_placed: whether an engine had it started.
    notices: what is unusual about it from the beginning, with its words.
    """

    command: Sequence[str]
    asked: Mapping[str, Any]
    echo_to: int | None
    as_json: bool
    on_terminal: bool = False
    to: str | None = None
    drain: float = 60.0
    is_listed: bool = True
    is_placed: bool = False
    notices: Sequence[tuple[str, str]] = ()


def record(config: Config, recording: Recording) -> int:
    """Run it, record it, echo it; returns the exit code to end with.

    Raises: NotRecorded, for a training: a command is run without a record then.
    """
    try:
        ended = _recorded(config, recording)
    except NotRecorded as why:
        if recording.asked["kind"] == TRAINING or recording.is_placed:
            raise
        return run_unrecorded(recording, why)
    code = _tell(recording, ended)
    if recording.is_listed:
        tell_ci(config, ended[1])
    return code


def run_unrecorded(recording: Recording, why: LastwordsError) -> int:
    """Run a command of which no record can be kept; returns the exit code to end with."""
    from lastwords.cli import unrecorded

    warn(f"this run is not recorded: {why}")
    return _tell(recording, unrecorded.run(recording.command, recording.asked, recording.as_json))


def _recorded(config: Config, recording: Recording) -> Ended:
    with _terminal(recording.on_terminal) as terminal:
        return _recorded_on(terminal, config, recording)


def _terminal(is_asked: bool) -> AbstractContextManager[Terminal | None]:
    """A terminal for the command; without one it runs all the same."""
    if not is_asked:
        return nullcontext()
    from lastwords.cli.terminal import Terminal

    try:
        return Terminal()
    except OSError as error:
        warn(f"the command has no terminal: {error.strerror}")
        return nullcontext()


def _recorded_on(terminal: Terminal | None, config: Config, recording: Recording) -> Ended:
    folder, asked = _prepare(config, recording)
    stops = _pass_on_signals(folder)
    variables = {**os.environ, **environment.told(folder, asked, os.environ, bool(terminal))}
    for name in ("LASTWORDS_TO", "LASTWORDS_TO_TOKEN"):  # else the run could forge what is sent
        variables.pop(name, None)
    if terminal is None and recording.echo_to is not None and os.isatty(recording.echo_to):
        variables |= environment.colours(os.environ)
    told, end_to = os.pipe()
    try:
        meanwhile = partial(_meanwhile, config, folder, variables, terminal, recording.is_listed)
        ends = terminal.ends if terminal else None
        recorder.start(folder, variables, None, meanwhile, end_to=end_to, terminal=ends)
        refused = None
    except recorder.LaunchFailed as failure:
        if not failure.has_begun:
            _discard(config, folder)
            raise NotRecorded(str(failure)) from failure
        refused = _refused(folder, failure)
    finally:
        os.close(end_to)
        if terminal:
            terminal.let_go()
    tells = recording.is_placed or not refused  # nobody sees what is printed there
    shipping = _shipping(config, folder, recording) if tells else None
    listing = _listing(config, folder, asked, recording.is_listed)
    write_from_shell(config, "start", folder.run_id)
    echo = Echo(folder, recording.echo_to, stops)
    if refused:
        echo.finish()
    result = refused or Waiting(folder, config.grace_seconds, told, terminal).result(echo)
    for signal_name in stops[:1]:
        write_from_shell(config, "cancel", folder.run_id, signal_name)
    shown = listing.settle(result)
    if shipping:
        if words := shipping.wait(stops):
            warn(words)
        shipping.let_go()
    return result, shown


def _shipping(config: Config, folder: AttemptFolder, recording: Recording) -> Shipping | None:
    """What sends the run to a server, if it is to be sent; it is loaded only then."""
    to = config.to if recording.to is None else recording.to
    if to == "" or not (to or _is_logged_in()):
        if joined := recording.asked.get("join"):
            rank = f"rank {joined['rank']} of {joined['key']!r}"
            warn(f"{rank} is a run of its own here: a server joins them, give --to URL")
        return None
    from lastwords.shipping.starting import start
    from lastwords.shipping.target import target

    try:
        found = target(to, config.to_token)
    except LastwordsError as why:
        warn(f"recorded here only: {why}")
        return None
    return found and start(folder, found, recording.drain, warn)


def _is_logged_in() -> bool:
    """Whether `lastwords login` kept a server; see shipping/target.py."""
    base = os.environ.get("XDG_CONFIG_HOME") or f"{os.environ.get('HOME') or '/'}/.config"
    return os.path.exists(f"{base}/lastwords/logins.json")  # noqa: PTH110


def _refused(folder: AttemptFolder, failure: recorder.LaunchFailed) -> dict[str, Any]:
    """The result of an attempt whose recorder did not come up."""
    fact = {
        "finishedAt": timestamp(now()),
        "logBytes": folder.log_size,
        **failure.ending,
    }
    with suppress(OSError):
        runfolder.write_once(folder.result, fact)
    return fact


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


def _meanwhile(
    config: Config,
    folder: AttemptFolder,
    variables: Mapping[str, str],
    terminal: Terminal | None,
    is_listed: bool,
) -> None:
    """What is done while the recorder comes up."""
    if terminal:
        terminal.let_go()
    note_secrets(config.home, folder, variables)
    if is_listed:
        load_index()


def _listing(
    config: Config, folder: AttemptFolder, asked: Mapping[str, Any], is_listed: bool
) -> Listing | Unlisted:
    if is_listed:
        from lastwords.cli.listing import Listing

        return Listing(config, folder, asked)
    from lastwords.cli.unlisted import Unlisted

    return Unlisted(folder, asked)


def load_index() -> None:
    """What the run's row needs; sqlite-utils alone takes 50 ms."""
    import lastwords.cli.listing
    import lastwords.executors.local  # noqa: F401


def training(config: Config, flags: Sequence[str]) -> tuple[list[str], dict[str, Any]]:
    """The trainer's command for a shell's flags, and what spec.json says of it.

    Configured defaults fill in what was not given; unknown flags go to the trainer as they are.
    """
    import argparse

    from lastwords import spec
    from lastwords.folders.labels import take_labels

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
    asked_for, unsaid = spec.of_trainer_flags(given, config.defaults)
    whole = spec.complete(asked_for, config.defaults)
    rest += unsaid
    given = take_labels(whole)
    command = [*config.trainer_command, *spec.trainer_arguments(whole), *rest]
    asked = {"kind": TRAINING, "spec": whole, "name": None, **given}
    return command, asked | ({"outputDir": str(Path(output).absolute())} if output else {})


def _prepare(config: Config, recording: Recording) -> tuple[AttemptFolder, dict[str, Any]]:
    """The folder of a new run, and what its spec.json says."""
    folder = None
    try:
        runfolder.make_home(config.home)
        before = _noted(recording.asked)
        folder = runfolder.reserve_run(config.home, now())
        asked = _spec_fact(config, folder, recording)
        runfolder.write_once(folder.spec, asked)
        for notice in recording.notices:
            notices.tell(folder, *notice)
        if before is not None:
            runfolder.write_once(folder.before, before)
    except (HomeUnwritable, OSError) as error:
        if folder:
            _discard(config, folder)
        raise NotRecorded(_words(config, error)) from error
    return folder, asked


def _words(config: Config, error: HomeUnwritable | OSError) -> str:
    if not isinstance(error, OSError):
        return str(error)
    nameless = "the working folder" if error.errno == errno.ENOENT else config.home
    return f"{error.filename or nameless}: {error.strerror}"


def _discard(config: Config, folder: AttemptFolder) -> None:
    """Take away the folder of a run that nobody was told of."""
    with suppress(OSError):
        runfolder.remove_run(config.home, folder.run_id)


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
        "user": shell_user(),
        **_placed(recording),
        **config.limits,
        **recording.asked,
    }


def _placed(recording: Recording) -> dict[str, Any]:
    """What placed it here, and whose rank it is; kept, as it may be sent at another time."""
    if not scheduler():
        return {}
    joined = join(recording.command)
    return {"tether": True, "engine": engine(), **({"join": joined} if joined else {})}


def _pass_on_signals(folder: AttemptFolder) -> list[str]:
    """A signal to us is a stop of the run, noted before it is passed on; a second one is force.

    SIGTERM under a scheduler is the scheduler's, whose grace may be shorter than ours.

    Returns: the names of those that came, so far.
    """
    came: list[str] = []

    def pass_on(by: str, reason: str, number: int) -> None:
        with suppress(LastwordsError, OSError):
            recorder.request_stop(folder, by, reason=reason, signal_number=number)

    def stop(number: int, _frame: object) -> None:
        name = processes.signal_name(number)
        came.append(name)
        known = scheduler() if number == signal.SIGTERM and len(came) == 1 else None
        if known is None:
            pass_on(f"{name} at the command line", "stopped_by_user", number)
            return
        pass_on(*known.whose(name), number)
        if grace := known.grace():
            signal.signal(signal.SIGALRM, lambda *_: pass_on(known.name, "stopped_by_scheduler", 9))
            signal.setitimer(signal.ITIMER_REAL, grace)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # nohup stays nohup
            signal.signal(number, stop)
    return came


def _tell(recording: Recording, ended: Ended) -> int:
    """Print what is to be printed of the end; the exit code that it comes to."""
    result, shown = ended
    if recording.as_json:
        with suppress(OSError):  # nobody reads it any more
            print(json.dumps(shown), flush=True)
    return _exit_code(recording, result, shown)


def _exit_code(recording: Recording, result: Mapping[str, Any], shown: Mapping[str, Any]) -> int:
    if launch := result.get("launchError"):
        warn(launch["message"])
        return _NOT_FOUND if launch.get("errno") in ("ENOENT", "ENOTDIR") else _NOT_EXECUTABLE
    if name := result.get("signal"):
        return 128 + processes.signal_number(name)
    code = result.get("exitCode")
    if code:
        return int(code)
    proves = recording.asked["kind"] == TRAINING or recording.asked.get("expect")
    if shown["status"] == "failed" or (shown["status"] == "lost" and (proves or code is None)):
        words = shown.get("headline") or shown.get("errorPreview")
        warn(str(words or "how the command ended is not known"))
        return _UNMET
    return 0
