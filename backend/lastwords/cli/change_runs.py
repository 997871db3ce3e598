"""Changing runs: `cancel`, `lost`, `retry` and `rm`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lastwords import spec
from lastwords.cli.options import client_of, commands, print_found, reading_options, run_argument
from lastwords.records import InvalidSpec, LastwordsError

if TYPE_CHECKING:
    from lastwords.cli.clients import Client


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
@click.option(
    "--fix",
    type=click.IntRange(1),
    is_flag=False,
    flag_value=1,
    metavar="[N]",
    help="Make the change that lastwords explain proposes: the first, or the Nth.",
)
@click.option(
    "--set",
    "values",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change a parameter, such as batchSize=4; may be given more than once.",
)
@reading_options
def retry(
    run: str,
    fix: int | None,
    values: Sequence[str],
    home: Path | None,
    url: str | None,
    token: str | None,
    as_json: bool,
) -> None:
    """Queue a new attempt of a finished training or placed command, also with changes.

    Of a command that was recorded at a shell, --fix prints the changed command line, and runs
    nothing.
    """
    client = client_of(home, url, token)
    if fix is not None and _is_of_a_shell(client.show(run)):
        _propose(client, run, fix, as_json)
        return
    found = client.retry(run, _read(values), fix)
    words = f"{found['id']} is queued as attempt {found['attempt']}"
    if found.get("changed"):
        from lastwords.presentation.fixes import changed_words

        words += f" with {changed_words(found['changed'])}"
    print_found(found, as_json, lambda: words)


def _is_of_a_shell(found: Mapping[str, Any]) -> bool:
    """Whether it is a command that no engine placed; an older server does not say by which."""
    return found["kind"] == "command" and not found.get("executor")


def _read(values: Sequence[str]) -> dict[str, Any]:
    """`batchSize=4` and the like as a spec holds it. Raises: InvalidSpec."""
    found: dict[str, Any] = {}
    for text in values:
        name, sign, value = text.partition("=")
        field = spec.BY_NAME.get(name)
        if field is None:
            known = ", ".join(spec.BY_NAME)
            raise InvalidSpec(name or text, f"unknown field; known fields: {known}")
        if not sign:
            raise InvalidSpec(name, f"has no value; give {name}=VALUE")
        found[name] = spec.read_value(field, value)
    return found


def _propose(client: Client, run: str, number: int, as_json: bool) -> None:
    """The command line of a fix, to be run by whoever has its shell's environment."""
    fixes = [item for item in client.diagnosis(run)["advice"] if item["fix"]]
    if not fixes:
        raise LastwordsError(
            f"no change is known that could mend {run}: lastwords explain says more"
        )
    if number > len(fixes):
        raise LastwordsError(f"--fix {number}: {run} has {len(fixes)} of them")
    item = fixes[number - 1]
    why = item["fix"]["keeps"] or item["fix"]["effect"]
    click.echo(f"{item['fix']['label']} ({why}); not started: run it where it ran", err=True)
    print_found(item["fix"], as_json, lambda: f"lastwords run -- {item['command']}")


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
