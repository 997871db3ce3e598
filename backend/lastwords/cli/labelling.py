"""Calling runs: `label`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from lastwords.cli.options import client_of, commands, print_found, reading_options, run_argument


@commands.command("label")
@run_argument
@click.option("--name", help="Its new name; '' takes it away.")
@click.option("--project", help="What it belongs to; '' takes it away.")
@click.option("--tag", "tags", multiple=True, help="A tag to add; repeatable.")
@click.option("--untag", "untags", multiple=True, help="A tag to remove; repeatable.")
@click.option("--note", help="A note on it; '' takes it away.")
@click.option("--star/--no-star", "starred", default=None, help="Star it, or take the star away.")
@reading_options
def label_run(
    run: str,
    tags: tuple[str, ...],
    untags: tuple[str, ...],
    home: Path | None,
    url: str | None,
    token: str | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Name a run, tag it, star it, add a note; without options, show what it is called."""
    from lastwords.presentation import text

    change = {name: value for name, value in given.items() if value is not None}
    change |= {"addTags": list(tags)} if tags else {}
    change |= {"removeTags": list(untags)} if untags else {}
    client = client_of(home, url, token)
    found = client.label(run, change) if change else client.show(run)
    print_found(found, as_json, lambda: text.labels(found))
