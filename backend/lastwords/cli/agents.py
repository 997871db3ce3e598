"""Runs for coding agents: `mcp`, which a client starts and speaks to over stdin and stdout."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path

import click

from lastwords import config as settings
from lastwords.cli.options import commands, home_option


@commands.command("mcp")
@click.option("--read-only", is_flag=True, help="Offer only the tools that read.")
@home_option
def serve_agents(read_only: bool, home: Path | None) -> None:
    """Serve the runs of this machine to a coding agent (Model Context Protocol, stdio).

    Started by the agent's client, such as: claude mcp add lastwords -- lastwords mcp
    """
    from lastwords.cli.clients import LocalClient
    from lastwords.folders.runfolder import make_home
    from lastwords.mcp import stdio
    from lastwords.mcp.desk import Desk
    from lastwords.security.audit import shell_user, write_from_shell

    config = settings.load(home)
    make_home(config.home)  # an agent may come before the first run
    client = LocalClient(config)
    if sys.stdin.isatty():
        click.echo("lastwords mcp is started by an agent's client: docs/agents.md", err=True)
    note = partial(write_from_shell, config, detail="mcp")
    who = f"an agent, user {os.getuid()}"
    home_of = config, client.store, client.supervisor
    stdio.serve(Desk(*home_of, who, not read_only, note, shell_user()))
