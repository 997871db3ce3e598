"""Upkeep of a home: `reconcile`, `doctor` and `config`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from lastwords import config as settings
from lastwords.cli.options import (
    as_json_option,
    commands,
    home_option,
    print_found,
    reading_options,
    remote_of,
)

if TYPE_CHECKING:
    from lastwords.presentation.runs import Json


@commands.command()
@home_option
@as_json_option
def reconcile(home: Path | None, as_json: bool) -> None:
    """Rebuild the database from the run folders."""
    from lastwords.supervision.reconcile import reconcile as rebuild

    done = rebuild(settings.load(home))
    moved = f"\nthe damaged database was moved to {done.moved_to}" if done.moved_to else ""
    skipped = "".join(f"\nskipped {words}" for words in done.skipped)
    found = {
        "added": done.added,
        "known": done.known,
        "skipped": done.skipped,
        "movedTo": str(done.moved_to) if done.moved_to else None,
    }
    words = f"{done.added} runs added, {done.known} already in the database"
    if done.added and not done.known:  # it was made anew
        words += "; notes on errors and their resolved marks are lost, as no folder holds them"
    print_found(found, as_json, lambda: words + moved + skipped)


@commands.command("doctor")
@reading_options
def examine(home: Path | None, url: str | None, token: str | None, as_json: bool) -> None:
    """Check for problems that would make a training fail; exit with 1 if there are any."""
    from lastwords.presentation import text

    found = remote_of(url, token).doctor() if url else _examined(home)
    print_found(found, as_json, lambda: text.findings(found["checks"]))
    sys.exit(1 if found["verdict"] == "fail" else 0)


def _examined(home: Path | None) -> Json:
    from dataclasses import asdict

    from lastwords import doctor
    from lastwords.doctor.engines import check_engines
    from lastwords.doctor.ray import check_ray

    config = settings.load(home)
    found = [*doctor.examine(config), *check_engines(config), *check_ray(config)]
    return {"verdict": doctor.worst(found), "checks": [asdict(finding) for finding in found]}


@commands.command("config")
@reading_options
def show_config(home: Path | None, url: str | None, token: str | None, as_json: bool) -> None:
    """Show the current settings and where each comes from."""
    from lastwords.presentation import text

    local = {"settings": settings.describe(settings.load(home))} if not url else None
    found = local or remote_of(str(url), token).settings()
    print_found(found, as_json, lambda: text.settings(found["settings"]))
