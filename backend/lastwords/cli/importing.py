"""Logs of before: `import`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lastwords import config as settings
from lastwords.cli.options import as_json_option, commands, echo, home_option, print_json

if TYPE_CHECKING:
    from lastwords.imports.importing import Report

_MOST_CAUSES = 12


@commands.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--slurm", is_flag=True, help="Ask Slurm's accounting (sacct --json) how the jobs ended."
)
@click.option(
    "--tfevents",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder with TensorBoard's event files, trainer_state.json or metrics.csv: of one log all "
    "of it, of several a folder in it with the name of each log.",
)
@home_option
@as_json_option
def import_history(
    paths: tuple[Path, ...], slurm: bool, tfevents: Path | None, home: Path | None, as_json: bool
) -> None:
    """Make a run of each old log: FILES, or all *.log, *.out, *.err and *.txt below a folder.

    A log that was imported before is not imported again. A run's status is unknown, unless its log
    or Slurm proves how it ended.
    """
    from lastwords.folders.runfolder import make_home
    from lastwords.imports.importing import Options, import_logs
    from lastwords.presentation.runs import run_json
    from lastwords.security.audit import write_from_shell
    from lastwords.store.runs import Store
    from lastwords.supervision.supervisor import Supervisor

    config = settings.load(home)
    make_home(config.home)
    supervisor = Supervisor(config, Store(config.database))
    report = import_logs(supervisor, paths, Options(slurm, tfevents), _progress)
    for run in report.runs:
        write_from_shell(config, "import", run.id)
    for words in report.failures:
        echo_error(words)
    if as_json:
        runs = [run_json(config.home, run) for run in report.runs]
        told = {"runs": runs, "known": report.known, "failures": report.failures}
        print_json(told | {"causes": dict(report.causes.most_common())})
    else:
        echo(in_words(report))
    if report.failures:
        sys.exit(1)


def echo_error(words: str) -> None:
    click.echo(f"lastwords: {words}", err=True)


def _progress(done: int) -> None:
    """How many are done, for who waits at a terminal."""
    if sys.stderr.isatty() and done % 10 == 0:
        print(f"\r{done} imported", end="", file=sys.stderr, flush=True)


def in_words(report: Report) -> str:
    """412 logs: 171 failed (memory.gpu_oom 65, deps.incompatible 24, …), 19 not known …"""
    from lastwords.imports.importing import shows_failure

    runs, causes = report.runs, report.causes.most_common()
    named = ", ".join(f"{cause} {count}" for cause, count in causes[:_MOST_CAUSES])
    more = ", …" if len(causes) > _MOST_CAUSES else ""
    statuses = [run.status for run in runs if not shows_failure(run)]
    parts = [f"{causes and sum(report.causes.values()) or 0} failed"]
    parts[0] += f" ({named}{more})" if named else ""
    told = (("completed", "completed"), ("cancelled", "cancelled"), ("unknown", "not known"))
    parts += [f"{count} {words}" for name, words in told if (count := statuses.count(name))]  # type: ignore[arg-type]
    before = f"; {report.known} imported before" if report.known else ""
    left = f"; {len(report.failures)} not imported" if report.failures else ""
    return f"{len(runs)} logs: {', '.join(parts)}{before}{left}"
