"""Changing runs: `cancel`, `lost`, `retry` and `rm`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from lastwords.cli.options import client_of, commands, print_found, reading_options, run_argument


@commands.command()
@run_argument
@reading_options
def cancel(run: str, home: Path | None, url: str | None, token: str | None, as_json: bool) -> None:
    """Cancel a run: remove it from the queue, or stop all of its processes."""
    client = client_of(home, url, token)
    before = client.show(run)
    found = client.cancel(before["id"])
    words = {"queued": "was removed from the queue", "running": "is being stopped"}.get(
        before["status"], f"is already {before['status']}"
    )
    print_found(found, as_json, lambda: f"{found['id']} {words}")


@commands.command()
@run_argument
@reading_options
def lost(run: str, home: Path | None, url: str | None, token: str | None, as_json: bool) -> None:
    """Call a run lost that was started on another machine and cannot be seen from this one."""
    found = client_of(home, url, token).give_up(run)
    print_found(found, as_json, lambda: f"{found['id']} is lost")


@commands.command()
@run_argument
@reading_options
def retry(run: str, home: Path | None, url: str | None, token: str | None, as_json: bool) -> None:
    """Queue a new attempt of a finished training."""
    found = client_of(home, url, token).retry(run)
    print_found(found, as_json, lambda: f"{found['id']} is queued as attempt {found['attempt']}")


@commands.command("rm")
@click.argument("runs", nargs=-1)
@click.option("--keep", type=click.IntRange(0), help="Delete all finished runs but the newest N.")
@click.option(
    "--older-than",
    type=click.FloatRange(0),
    help="Delete runs that ended more than this many days ago.",
)
@click.option("--dry-run", is_flag=True, help="List what would be deleted, but delete nothing.")
@reading_options
def remove(
    runs: Sequence[str],
    keep: int | None,
    older_than: float | None,
    dry_run: bool,
    home: Path | None,
    url: str | None,
    token: str | None,
    as_json: bool,
) -> None:
    """Delete finished runs with their logs and artifacts.

    Give RUNS, or choose them with --keep and --older-than, which spare the newest failed run.
    """
    from lastwords.presentation import text
    from lastwords.supervision.retention import Policy

    policy = Policy(keep, older_than)
    if bool(runs) == (not policy.keeps_all):
        raise click.UsageError("give either RUNS, or --keep N, --older-than DAYS, or both")
    client = client_of(home, url, token)
    doomed = [client.show(run)["id"] for run in runs] or client.doomed(policy)
    freed: list[dict[str, Any]] = []
    for run_id in dict.fromkeys(doomed):
        freed.append({"id": run_id, "bytes": client.size(run_id)})
        if not dry_run:
            client.remove(run_id)
    done = {"removed": freed, "dryRun": dry_run}
    print_found(done, as_json, lambda: text.removed(freed, dry_run))
