"""Serving: `serve`, `demo`, `url` and `hash-password`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from lastwords import config as settings
from lastwords.cli.options import commands, home_option
from lastwords.records import LastwordsError

SHORTEST_PASSWORD = 10


@commands.command()
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65_535), help="Port to listen on.")
@home_option
def serve(host: str | None, port: int | None, home: Path | None) -> None:
    """Serve the page and the API, and start queued trainings."""
    _serve(home, host, port)


@commands.command()
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65_535), help="Port to listen on.")
@click.option("--prepare-only", is_flag=True, help="Prepare the home without serving it.")
@home_option
def demo(host: str | None, port: int | None, prepare_only: bool, home: Path | None) -> None:
    """Fill an empty home with real data and a bundled model, then serve it."""
    from lastwords.demo.home import fill_if_empty

    config = settings.load(home)
    fill_if_empty(config.home, click.echo)
    if not prepare_only:
        _serve(home, host, port)


def _serve(home: Path | None, host: str | None, port: int | None) -> None:
    from dataclasses import replace

    from lastwords.server import server

    config = settings.load(home)
    asked = port is not None or config.sources.get("port") != "default"
    given: dict[str, Any] = {"host": host, "port": port}
    given = {name: value for name, value in given.items() if value is not None}
    sources = {**config.sources, **dict.fromkeys(given, "command line")}
    server.serve(replace(config, **given, sources=sources), port_is_asked=asked)


@commands.command("hash-password")
def hash_password() -> None:
    """Ask for a password and print its hash, for LASTWORDS_PASSWORD_HASH."""
    from argon2 import PasswordHasher

    if sys.stdin.isatty():
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        password = sys.stdin.readline().rstrip("\n")
    if len(password) < SHORTEST_PASSWORD:
        raise LastwordsError(f"the password must have at least {SHORTEST_PASSWORD} characters")
    click.echo(PasswordHasher().hash(password))


@commands.command("url")
@home_option
def show_url(home: Path | None) -> None:
    """Print the login URL of the running server."""
    from lastwords.server import server

    click.echo(server.running_url(settings.load(home)))
