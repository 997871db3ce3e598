"""Recording: `run` and `train`, in the foreground of a shell."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import click

from lastwords import config as settings
from lastwords.cli import placing
from lastwords.cli.options import as_json_option, commands, home_option
from lastwords.records import HomeUnwritable


def _named(_: click.Context, __: click.Parameter, paths: tuple[str, ...]) -> tuple[str, ...]:
    """What is expected; an empty name, as of a variable that is not set, would expect nothing."""
    if not all(paths):
        raise click.BadParameter("it is empty and names no path; is a variable not set?")
    return paths


_tty_option = click.option(
    "--tty",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="Whether COMMAND gets a terminal of its own; auto: if it is shown on one.",
)


def labelled(command: Callable[..., None]) -> Callable[..., None]:
    """A command that says what its run belongs to, and what it is to be found by."""
    for option in (
        click.option("--tag", "tags", multiple=True, help="To find the run by; repeatable."),
        click.option("--project", help="What the run belongs to."),
    ):
        command = option(command)
    return command


_to_option = click.option(
    "--to", metavar="URL", help="Server to send the run to; '' for none. Default: as logged in."
)
_drain_option = click.option(
    "--drain",
    type=click.FloatRange(0),
    default=60.0,
    help="Seconds to wait, after the end, for the server to have it all.",
)


def joining(command: Callable[..., None]) -> Callable[..., None]:
    """A command that may be one of the ranks of a run on a server."""
    for option in (
        click.option("--size", type=int, help="How many ranks the run has."),
        click.option("--rank", type=int, help="Which rank this is, from 0."),
        click.option("--join", "key", metavar="KEY", help="Be a rank of one run: all give KEY."),
    ):
        command = option(command)
    return command


@commands.command(context_settings={"allow_interspersed_args": False})
@click.option(
    "--expect",
    metavar="PATH",
    multiple=True,
    callback=_named,
    help="A file, folder or pattern that must be written, or the run counts as failed; repeatable.",
)
@click.option("--name", help="Shown in lists and notifications.")
@labelled
@click.option("--quiet", is_flag=True, help="Record only; do not print the output.")
@click.option(
    "--keep-children",
    "keeps_children",
    is_flag=True,
    help="Leave processes that the command started and left behind.",
)
@_tty_option
@click.option(
    "--tether",
    is_flag=True,
    help="Stop COMMAND if this is killed, as always under Slurm and Ray.",
)
@_to_option
@_drain_option
@joining
@placing.placed
@as_json_option
@home_option
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def run(
    expect: tuple[str, ...],
    name: str | None,
    project: str | None,
    tags: tuple[str, ...],
    quiet: bool,
    keeps_children: bool,
    tty: str,
    tether: bool,
    to: str | None,
    drain: float,
    key: str | None,
    rank: int | None,
    size: int | None,
    as_json: bool,
    home: Path | None,
    command: Sequence[str],
) -> None:
    """Run and record any COMMAND, and exit with its exit code.

    Everything from the first word of COMMAND on is the command's own, with or without `--`.
    """
    from lastwords.cli import asked as asked_for
    from lastwords.cli import foreground

    asked = asked_for.command_facts(name, expect, keepChildren=keeps_children, tether=tether)
    asked |= asked_for.labels(project, tags) | asked_for.joined(key, rank, size)
    if wanted := placing.wanted():
        placing.place_command(settings.load(home), command, asked, wanted, as_json)
        return
    shown = _echo_to(quiet, as_json), as_json, _on_terminal(tty, quiet or as_json or keeps_children)
    recording = foreground.Recording(command, asked, *shown, to, drain)
    try:
        config = settings.load(home)
    except HomeUnwritable as why:
        _leave(foreground.run_unrecorded(recording, why))
    _leave(foreground.record(config, recording))


@commands.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.option("--quiet", is_flag=True)
@labelled
@_tty_option
@_to_option
@_drain_option
@placing.placed
@as_json_option
@home_option
@click.argument("flags", nargs=-1, type=click.UNPROCESSED)
def train(
    quiet: bool,
    project: str | None,
    tags: tuple[str, ...],
    tty: str,
    to: str | None,
    drain: float,
    as_json: bool,
    home: Path | None,
    flags: Sequence[str],
) -> None:
    """Run and record a training in the foreground; FLAGS are those of the trainer.

    All that stands after `--` is the trainer's, whatever it is called.
    """
    from lastwords.cli import asked as asked_for
    from lastwords.cli import foreground

    config = settings.load(home)
    if {"-h", "--help"} & set(flags):
        from lastwords.presentation import text

        click.echo(text.trainer_flags(config.trainer_command))
        return
    if wanted := placing.wanted():
        labels = {"project": project, "tags": [*tags] or None}
        placing.place_training(config, flags, {**labels, **wanted}, as_json)
        return
    command, asked = foreground.training(config, flags)
    asked |= asked_for.labels(project, tags)
    shown = _echo_to(quiet, as_json), as_json, _on_terminal(tty, quiet or as_json)
    recording = foreground.Recording(command, asked, *shown, to, drain)
    _leave(foreground.record(config, recording))


def _leave(code: int) -> NoReturn:
    """End at once: Python takes 10 ms to tidy up what the kernel takes away anyway."""
    for stream in filter(None, (sys.stdout, sys.stderr)):
        with suppress(OSError):  # nobody reads it any more
            stream.flush()
    os._exit(code)


def _echo_to(quiet: bool, as_json: bool) -> int | None:
    return None if quiet else 2 if as_json else 1


def _on_terminal(tty: str, needs_none: bool) -> bool:
    """Whether the command gets a terminal; by itself where it would have one without us.

    What it is to leave running needs none: a terminal ends with the command that leads it.
    """
    return tty == "always" or (tty == "auto" and not needs_none and all(map(os.isatty, range(3))))
