"""A worker without an installation: `python lw.pyz run|ship|login|place`, see `archive`.

What it records is kept as always, in a home without a database. Standard library only.
"""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from lastwords import config as settings
from lastwords.cli import asked as asked_for
from lastwords.cli import foreground
from lastwords.recording.startup import hear_signals
from lastwords.records import LastwordsError


def main(words: Sequence[str]) -> int:
    """Do what the words of the command line say; the exit code."""
    hear_signals()
    asked = _parser().parse_args(words)
    try:
        if getattr(asked, "plain_http", False):
            os.environ["LASTWORDS_PLAIN_HTTP"] = "1"
        code: int = asked.do(asked)
    except LastwordsError as error:
        print(f"lastwords: {error}", file=sys.stderr)
        return 1
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lastwords", allow_abbrev=False, description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="run|ship|login|place")
    run = commands.add_parser("run", help="run, record and send a command")
    run.add_argument("--expect", action="append", default=[], metavar="PATH")
    run.add_argument("--name")
    run.add_argument("--quiet", action="store_true")
    run.add_argument("--keep-children", action="store_true")
    run.add_argument("--tether", action="store_true")
    run.add_argument("--drain", type=float, default=60.0)
    run.add_argument("--join", metavar="KEY")
    run.add_argument("--rank", type=int)
    run.add_argument("--size", type=int)
    run.add_argument("command", nargs=argparse.REMAINDER)
    run.set_defaults(do=_run)
    ship = commands.add_parser("ship", help="send what is not sent yet")
    ship.add_argument("runs", nargs="*")
    ship.add_argument("--all", action="store_true")
    ship.set_defaults(do=_ship)
    login = commands.add_parser("login", help="remember a server that every run is sent to")
    login.add_argument("url")
    login.add_argument("--ca", type=Path)
    login.set_defaults(do=_login)
    placed = commands.add_parser("place", help="what an engine starts")
    placed.add_argument("--check", action="store_true", help="only see whether it could run here")
    placed.set_defaults(do=_place)
    for command in (run, ship, login):
        command.add_argument("--home", type=Path)
        command.add_argument("--to", metavar="URL")
        command.add_argument("--plain-http", action="store_true")
    return parser


def _run(asked: argparse.Namespace) -> int:
    words = asked.command[1:] if asked.command[:1] == ["--"] else asked.command
    if not words:
        raise LastwordsError("no command given: run -- COMMAND")
    facts = asked_for.command_facts(
        asked.name, asked.expect, keepChildren=asked.keep_children, tether=asked.tether
    )
    facts |= asked_for.joined(asked.join, asked.rank, asked.size)
    shown = None if asked.quiet else 1
    recording = foreground.Recording(
        words, facts, shown, as_json=False, to=asked.to, drain=asked.drain, is_listed=False
    )
    return foreground.record(settings.load(asked.home), recording)


def _place(asked: argparse.Namespace) -> int:
    from lastwords.cli.place import place
    from lastwords.executors.node_check import check

    return check() if asked.check else place()


def _ship(asked: argparse.Namespace) -> int:
    from lastwords.shipping.sending import send_all
    from lastwords.shipping.target import target

    if bool(asked.runs) == asked.all:
        raise LastwordsError("give either RUNS or --all")
    config = settings.load(asked.home)
    found = target(asked.to or config.to, config.to_token)
    if found is None:
        raise LastwordsError("no server is known: login URL first, or give --to URL")
    return 0 if send_all(config.home, asked.runs, found, print) else 1


def _login(asked: argparse.Namespace) -> int:
    from lastwords.shipping.login import log_in
    from lastwords.shipping.target import check_url

    url = asked.url.rstrip("/")
    check_url(url, asked.plain_http)
    token = getpass.getpass("Token: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
    print(f"runs are sent to {url} from now on; its token is in", end=" ")
    print(log_in(url, token, asked.plain_http, asked.ca))
    return 0
