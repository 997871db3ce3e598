"""Many machines: `login`, `ship` and `token`."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lastwords import config as settings
from lastwords.cli.options import as_json_option, commands, echo, home_option, print_found
from lastwords.records import LastwordsError

if TYPE_CHECKING:
    from lastwords.store.runs import Store
    from lastwords.store.shipments import Enrolment

_UNITS = {"h": 1 / 24, "d": 1.0, "w": 7.0}


@commands.command()
@click.argument("url")
@click.option("--plain-http", is_flag=True, help="Allow http:// to another machine, unencrypted.")
@click.option("--ca", type=click.Path(path_type=Path), help="File of certificates to trust, too.")
def login(url: str, plain_http: bool, ca: Path | None) -> None:
    """Remember a server that every run is sent to; asks for a token of `lastwords token create`."""
    from lastwords.shipping.login import log_in
    from lastwords.shipping.target import check_url

    url = url.rstrip("/")
    check_url(url, plain_http)
    if sys.stdin.isatty():
        token = click.prompt("Token", hide_input=True, err=True)
    else:
        token = sys.stdin.readline().strip()
    path = log_in(url, token, plain_http, ca)
    echo(f"runs are sent to {url} from now on; its token is in {path}")


@commands.command()
@click.argument("runs", nargs=-1)
@click.option("--all", "every", is_flag=True, help="All runs of the home that are not sent whole.")
@click.option("--to", metavar="URL", help="Server to send to. Default: as logged in.")
@home_option
def ship(runs: Sequence[str], every: bool, to: str | None, home: Path | None) -> None:
    """Send what is not sent yet of RUNS, ended or not; exit with 1 if that fails."""
    from lastwords.shipping.target import target

    if bool(runs) == every:
        raise click.UsageError("give either RUNS or --all")
    config = settings.load(home)
    found = target(to or config.to, config.to_token)
    if found is None:
        raise LastwordsError("no server is known: run lastwords login URL, or give --to URL")
    from lastwords.shipping.sending import send_all

    sys.exit(0 if send_all(config.home, runs, found, echo) else 1)


@commands.command("worker-zipapp")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, help="File to write."
)
def worker_zipapp(output: Path) -> None:
    """Write a file that runs and sends runs on any machine with Python 3.11, without installing."""
    from lastwords.cli.archive import write_archive

    size = write_archive(output)
    echo(f"{output}: {size:,} bytes; python {output} run --to URL -- COMMAND")


@commands.group()
def token() -> None:
    """Tokens that let other machines send their runs to this server."""


@token.command("create")
@click.option("--name", required=True, help="Who or what sends by it; runs show it.")
@click.option("--expires", help="How long it is good: 12h, 7d, 4w. Default: until it is revoked.")
@click.option("--max-runs", type=click.IntRange(1), help="Runs that may be sent by it.")
@click.option("--max-bytes", help="Bytes that may be sent by it: 500M, 20G.")
@home_option
def create_token(
    name: str, expires: str | None, max_runs: int | None, max_bytes: str | None, home: Path | None
) -> None:
    """Make a token and print it, this once, as the last word."""
    from lastwords.receiving.enrolling import enrol

    size = None if max_bytes is None else _bytes(max_bytes)
    made = enrol(_store(home), name, None if expires is None else _days(expires), max_runs, size)
    click.echo(f"token {name}, shown only now: {made}")


@token.command("ls")
@as_json_option
@home_option
def list_tokens(as_json: bool, home: Path | None) -> None:
    """List tokens, and what was sent by them."""
    from lastwords.presentation import text
    from lastwords.store.shipments import enrolments

    found = [_enrolment_json(each) for each in enrolments(_store(home))]
    print_found(found, as_json, lambda: text.enrolments(found))


@token.command("revoke")
@click.argument("name")
@home_option
def revoke_token(name: str, home: Path | None) -> None:
    """Let nobody send by a token any more."""
    from lastwords.store.shipments import revoke

    revoke(_store(home), name)
    echo(f"token {name} is revoked")


def _enrolment_json(each: Enrolment) -> dict[str, object]:
    return {
        "name": each.name,
        "createdAt": each.created_at,
        "expiresAt": each.expires_at,
        "maxRuns": each.max_runs,
        "maxBytes": each.max_bytes,
        "runs": each.runs,
        "bytes": each.bytes,
        "revokedAt": each.revoked_at,
        "isVoid": each.is_void,
    }


def _store(home: Path | None) -> Store:
    from lastwords.folders.runfolder import make_home
    from lastwords.store.runs import Store

    config = settings.load(home)
    make_home(config.home)
    return Store(config.database)


def _days(text: str) -> float:
    found = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)([hdw])", text.strip().lower())
    if not found:
        raise LastwordsError(f"--expires {text!r} is no time such as 12h, 7d or 4w")
    return float(found[1]) * _UNITS[found[2]]


def _bytes(text: str) -> int:
    try:
        return settings.size(text)
    except ValueError as error:
        raise LastwordsError(f"--max-bytes {text!r}: {error}") from None
