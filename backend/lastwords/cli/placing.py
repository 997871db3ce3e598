"""`--on ENGINE`: `run` and `train` queue a run for an engine instead of recording it here."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from lastwords.config import Config, size
from lastwords.records import InvalidSpec, LastwordsError, Run

_META = "lastwords.placement"
_TIME = re.compile(r"(\d{1,8})([smhd]?)", re.ASCII)
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}


def _seconds(text: str) -> int:
    found = _TIME.fullmatch(text)
    if not found:
        raise ValueError("write 90m, 2h or 1d, or a number of seconds")
    return int(found[1]) * _SECONDS[found[2]]


def _option(flag: str, field: str, read: Callable[[str], Any], help: str) -> Callable[..., Any]:
    def keep(context: click.Context, _: click.Parameter, text: str | None) -> None:
        if text is None:
            return
        try:
            context.meta.setdefault(_META, {})[field] = read(text)
        except ValueError as error:
            raise click.BadParameter(str(error)) from None

    return click.option(flag, callback=keep, expose_value=False, help=help)


def _refuse_array(_: click.Context, __: click.Parameter, text: str | None) -> None:
    """Say what to do in the place of an option of sbatch that makes many runs of one."""
    if text is not None:
        words = (
            "each run is a job of its own here: queue one for each value, as in "
            "`for i in $(seq 0 9); do lastwords run --on slurm -- python train.py $i; done`, or "
            "start `lastwords run --to URL` in the script of your own sbatch --array"
        )
        raise click.BadParameter(words)


_OPTIONS = (
    _option("--on", "executor", str, "Engine to place the run on: slurm; `local` is this machine."),
    _option("--nodes", "nodes", int, "Machines, with --on."),
    _option("--gpus-per-node", "gpusPerNode", int, "GPUs on each machine, with --on."),
    _option("--cpus", "cpus", int, "CPUs on each machine, with --on."),
    _option("--memory", "memory", size, "Memory on each machine (8G), with --on."),
    _option("--partition", "partition", str, "Partition of the cluster, with --on."),
    _option("--account", "account", str, "Account that is charged, with --on."),
    _option("--time", "timeLimitSeconds", _seconds, "Time limit (90m, 2h), with --on."),
    click.option("--array", callback=_refuse_array, expose_value=False, hidden=True),
)


def placed(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose run may be placed on an engine."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def wanted() -> dict[str, Any]:
    """What was asked of an engine; nothing where the run is for this machine.

    Raises: InvalidSpec, where something was asked and no engine named.
    """
    found = dict(click.get_current_context().meta.get(_META, {}))
    if found.get("executor") == "local":
        found.pop("executor")
    if found and "executor" not in found:
        raise InvalidSpec(next(iter(found)), "is for an engine: name one with --on")
    return found


def place_command(
    config: Config,
    command: Sequence[str],
    asked: Mapping[str, Any],
    asked_of_it: Mapping[str, Any],
    as_json: bool,
) -> None:
    """Queue a command. Raises: LastwordsError."""
    from lastwords.cli.clients import LocalClient
    from lastwords.folders.runfolder import make_home
    from lastwords.security.audit import shell_user
    from lastwords.supervision.placing_commands import queue_command

    make_home(config.home)
    client = LocalClient(config)
    run = queue_command(client.supervisor, command, asked, asked_of_it, shell_user())
    _tell(client, config, run, as_json)


def place_training(
    config: Config, flags: Sequence[str], more: Mapping[str, Any], as_json: bool
) -> None:
    """Queue a training. flags: of the trainer. more: other fields of its spec.

    Raises: LastwordsError, also for what a training on another machine cannot have.
    """
    from lastwords import spec
    from lastwords.cli import foreground
    from lastwords.cli.clients import LocalClient
    from lastwords.folders.runfolder import make_home
    from lastwords.records import SHELL
    from lastwords.security.audit import shell_user

    make_home(config.home)
    client = LocalClient(config)
    command, asked = foreground.training(config, flags)
    known = len(config.trainer_command) + len(spec.trainer_arguments(asked["spec"]))
    if unknown := command[known:] or (["--output-dir"] if "outputDir" in asked else []):
        raise LastwordsError(f"{unknown[0]} cannot be passed on to a training on an engine")
    given = {name: value for name, value in asked["spec"].items() if value is not None}
    run = client.supervisor.create({**given, **more}, SHELL, user=shell_user())
    _tell(client, config, run, as_json)


def _tell(client: Any, config: Config, run: Run, as_json: bool) -> None:
    from lastwords.security.audit import write_from_shell

    write_from_shell(config, "start", run.id)
    if as_json:
        click.echo(json.dumps(client.show(run.id)))
        return
    engine = run.spec["executor"]
    click.echo(f"{run.id} is queued for {engine}; the server of {config.home} places it.")
    click.echo(f"Follow it: lastwords log -f {run.id}")
