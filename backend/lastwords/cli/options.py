"""What commands share: the group they belong to, their options, and how they answer."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lastwords import config as settings
from lastwords.records import as_text, tame, version

if TYPE_CHECKING:
    from lastwords.cli.clients import Client, RemoteClient
    from lastwords.presentation.runs import Json

home_option = click.option(
    "--home", type=click.Path(path_type=Path), help="Folder for the database and the runs."
)
as_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_url = click.option("--url", help="Use the server at this URL instead of a local home.")
_token = click.option("--token", help="Login token of the server.", envvar="LASTWORDS_TOKEN")
run_argument = click.argument("run")


def _show_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if not wanted or context.resilient_parsing:
        return
    click.echo(f"lastwords {version()}")
    context.exit()


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and exit.",
)
def commands() -> None:
    """Run fine-tuning jobs, keep all of their output, and see why one failed.

    RUN is a run ID, the beginning of one, or `latest`.
    """


def reading_options(command: Callable[..., None]) -> Callable[..., None]:
    """A command that reads runs, of this machine or of a server."""
    for option in (home_option, _url, _token, as_json_option):
        command = option(command)
    return command


def client_of(home: Path | None, url: str | None, token: str | None) -> Client:
    from lastwords.cli.clients import LocalClient, RemoteClient

    return RemoteClient(url, token) if url else LocalClient(settings.load(home))


def remote_of(url: str, token: str | None) -> RemoteClient:
    from lastwords.cli.clients import RemoteClient

    return RemoteClient(url, token)


def print_found(value: Json | list[Json], as_json: bool, words: Callable[[], str]) -> None:
    if as_json:
        print_json(value)
    else:
        echo(words())


def echo(words: str) -> None:
    words = as_text(words)
    if sys.stdout.isatty():
        from lastwords.presentation.terminal import visible

        words = visible(words)
    click.echo(words)


def print_json(value: object) -> None:
    from lastwords.presentation.terminal import json_text

    click.echo(json_text(tame(value)))
