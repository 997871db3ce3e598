"""Reading what runs did, of this machine or of a server."""

from __future__ import annotations

import codecs
import os
import shlex
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lastwords import config as settings
from lastwords.cli.options import (
    client_of,
    commands,
    print_found,
    print_json,
    reading_options,
    run_argument,
)
from lastwords.records import LastwordsError

if TYPE_CHECKING:
    from lastwords.cli.clients import Client
    from lastwords.presentation.runs import Json


@commands.command("ls")
@click.option("--status", default="", help="Only runs with these statuses, separated by commas.")
@click.option(
    "--search",
    default="",
    help="Only runs that match: words, and tokens such as status:failed lr:<1e-4 since:yesterday.",
)
@click.option("--flag", default="", help="Only runs with this flag, such as loss_not_a_number.")
@click.option(
    "--sort",
    default="-createdAt",
    help="startedAt, finishedAt, duration, finalLoss, a parameter or a metric; - before it: "
    "largest first.",
)
@click.option(
    "-n", "--limit", default=20, type=click.IntRange(1, 200), help="Maximum number of runs."
)
@reading_options
def list_runs(
    status: str,
    search: str,
    flag: str,
    sort: str,
    limit: int,
    home: Path | None,
    url: str | None,
    token: str | None,
    as_json: bool,
) -> None:
    """List runs, newest first."""
    from lastwords.cli.clients import NoHome
    from lastwords.presentation import text

    try:
        runs = client_of(home, url, token).list(limit, status, search, flag, sort)
    except NoHome as missing:
        print(f"lastwords: {missing}", file=sys.stderr)
        runs = []
    print_found(runs, as_json, lambda: text.table(runs, limit, bool(status or search or flag)))


@commands.command()
@run_argument
@reading_options
def show(run: str, home: Path | None, url: str | None, token: str | None, as_json: bool) -> None:
    """Show the details of a run."""
    from lastwords.presentation import text

    client = client_of(home, url, token)
    found = client.show(run)
    found["changes"] = _changes(client, found)
    print_found(found, as_json, lambda: "\n".join([text.facts(found), *_since(found["changes"])]))


def _changes(client: Client, run: Json) -> Json | None:
    """What is different since a run like this one completed, for one that failed."""
    if "changes" in run:  # a server tells it with the run
        told: Json | None = run["changes"]
        return told
    return client.changes(run["id"]) if run["status"] in ("failed", "lost") else None


def _flagged(run: Json) -> list[str]:
    """What is odd about a run, which matters most where nothing is said to have failed."""
    flagged = [f"  {item['flag']}: {item['detail']}" for item in run["flags"]]
    return ["", "Flags", *flagged] if flagged else []


def _since(changes: Json | None) -> list[str]:
    """The same in words, below an empty line."""
    from lastwords.presentation.changes import since_words

    return ["", since_words(changes)] if changes else []


@commands.command()
@run_argument
@click.option("--rank", type=click.IntRange(0), help="Which of several ranks; see show RUN.")
@click.option("-f", "--follow", is_flag=True, help="Follow the log until the run ends.")
@click.option("--masked", is_flag=True, help="Mask secrets, for a copy to share.")
@reading_options
def log(
    run: str,
    rank: int | None,
    follow: bool,
    masked: bool,
    home: Path | None,
    url: str | None,
    token: str | None,
    as_json: bool,
) -> None:
    """Print the exact bytes of a run's log, and nothing else."""
    client = client_of(home, url, token)
    chunks = client.log(run, follow, rank)
    if masked:
        chunks = _masked(client, run, chunks)
    if as_json:
        print_json({"log": b"".join(chunks).decode("utf-8", errors="replace")})
        return
    _write(chunks)


def _masked(client: Client, run: str, chunks: Iterator[bytes]) -> Iterator[bytes]:
    from lastwords.diagnosis.masking import mask_stream

    texts = codecs.iterdecode(chunks, "utf-8", errors="replace")
    return (text.encode("utf-8") for text in mask_stream(texts, client.masker(run)))


def _write(chunks: Iterable[bytes]) -> None:
    """Exact bytes into a pipe or a file; a terminal shows control characters, and obeys none."""
    if sys.stdout.isatty():
        from lastwords.presentation.terminal import visible_stream

        chunks = (text.encode("utf-8") for text in visible_stream(chunks))
    for chunk in chunks:
        sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()


@commands.command()
@run_argument
@reading_options
def error(run: str, home: Path | None, url: str | None, token: str | None, as_json: bool) -> None:
    """Print the full error of a run, and nothing else."""
    whole = client_of(home, url, token).error(run)
    if as_json:
        print_json({"error": whole.decode("utf-8", errors="replace")})
        return
    _write([whole])
    if sys.stdout.isatty() and not whole.endswith(b"\n"):
        sys.stdout.buffer.write(b"\n")


@commands.command()
@run_argument
@click.option(
    "--overflow", is_flag=True, help="Print the full error if the report has no room for it."
)
@click.option(
    "--issue-url",
    "as_url",
    is_flag=True,
    help="Print the URL of a new issue in LASTWORDS_REPOSITORY.",
)
@reading_options
def report(
    run: str,
    overflow: bool,
    as_url: bool,
    home: Path | None,
    url: str | None,
    token: str | None,
    as_json: bool,
) -> None:
    """Print a bug report in Markdown, secrets masked."""
    client = client_of(home, url, token)
    if as_url:
        address = client.issue_url(run)
        if address is None:
            raise LastwordsError(
                "no issue URL: LASTWORDS_REPOSITORY is not set, or the run did not fail"
            )
        print_found({"issueUrl": address}, as_json, lambda: address)
        return
    text = client.report_overflow(run).decode() if overflow else client.report(run)
    print_found({"report": text}, as_json, lambda: text)


@commands.command()
@click.argument("run", required=False)
@click.option("--log", "log_file", help="Explain any log file; - reads standard input.")
@click.option("--exit-code", type=int, help="Exit code of the process that wrote the log.")
@click.option("--signal", "signal_name", help="Signal that ended the process: SIGKILL, KILL or 9.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "github", "gitlab", "buildkite"]),
    default="text",
    help="For a CI service: GitHub's ::error line and step summary, GitLab's section, Buildkite's "
    "group and annotation; secrets masked.",
)
@reading_options
def explain(
    run: str | None,
    log_file: str | None,
    exit_code: int | None,
    signal_name: str | None,
    form: str,
    home: Path | None,
    url: str | None,
    token: str | None,
    as_json: bool,
) -> None:
    """Explain why a run failed, or explain any log file."""
    from lastwords.presentation import text

    if (run is None) == (log_file is None):
        raise click.UsageError("give either RUN or --log FILE")
    if run is not None and {".", os.sep} & set(run) and Path(run).is_file():  # no ID has these
        raise LastwordsError(f"{run} is a file: lastwords explain --log {shlex.quote(run)}")
    if form != "text":
        if as_json:
            raise click.UsageError("give either --json or --format")
        _explain_to(form, run, log_file, exit_code, signal_name, home, url, token)
        return
    since: list[str] = []
    if log_file is not None:
        from lastwords.presentation import any_log

        diagnosis = any_log.explain_log(log_file, exit_code, signal_name)
    else:
        assert run is not None
        client = client_of(home, url, token)
        diagnosis = client.diagnosis(run)
        if not as_json:
            shown = client.show(run)
            since = [*_flagged(shown), *_since(_changes(client, shown))]
    print_found(diagnosis, as_json, lambda: "\n".join([text.diagnosis(diagnosis), *since]))


def _explain_to(
    service: str,
    run: str | None,
    log_file: str | None,
    exit_code: int | None,
    signal_name: str | None,
    home: Path | None,
    url: str | None,
    token: str | None,
) -> None:
    """The same answer as a CI service shows it."""
    from lastwords.cli.ci import print_for

    if log_file is not None:
        from lastwords.presentation import any_log

        found = any_log.explain_log(log_file, exit_code, signal_name)
        found = any_log.without_secrets(settings.load(home), found)
    else:
        assert run is not None
        found = client_of(home, url, token).failure(run, 2_000)
    print_for(service, found, sys.stdout)


@commands.command()
@run_argument
@click.option(
    "--budget",
    default=2_000,
    type=click.IntRange(500, 100_000),
    help="Maximum size in tokens, of which each is counted as 3 bytes of the JSON.",
)
@reading_options
def failure(
    run: str, budget: int, home: Path | None, url: str | None, token: str | None, as_json: bool
) -> None:
    """Say why a run failed in one bounded answer, for an agent or a script."""
    from lastwords.presentation.failure import failure_words

    found = client_of(home, url, token).failure(run, budget)
    print_found(found, as_json, lambda: failure_words(found))


@commands.command()
@click.argument("runs", nargs=-1, required=True, metavar="[GOOD] BAD")
@reading_options
def diff(
    runs: tuple[str, ...], home: Path | None, url: str | None, token: str | None, as_json: bool
) -> None:
    """Show what changed from the run GOOD to the run BAD, the most suspicious first.

    Without GOOD: from the last run like BAD that completed.
    """
    from lastwords.presentation.changes import comparison_words

    if len(runs) > 2:
        raise click.UsageError("give one run or two: [GOOD] BAD")
    *earlier, bad = runs
    found = client_of(home, url, token).comparison(bad, earlier[0] if earlier else None)
    print_found(found, as_json, lambda: comparison_words(found))


@commands.command()
@run_argument
@click.argument("prompt")
@click.option(
    "--max-new-tokens", default=128, type=click.IntRange(1), help="Maximum length of the answer."
)
@click.option("--base", is_flag=True, help="Ask the base model, without the adapter.")
@reading_options
def generate(
    run: str,
    prompt: str,
    max_new_tokens: int,
    base: bool,
    home: Path | None,
    url: str | None,
    token: str | None,
    as_json: bool,
) -> None:
    """Print the answer of a training's adapter to PROMPT, and nothing else; - reads stdin."""
    if url:
        raise LastwordsError("generate needs the adapter's files: run it on the server's machine")
    from lastwords.cli import generation
    from lastwords.cli.clients import LocalClient

    if prompt == "-":
        prompt = os.fsdecode(sys.stdin.buffer.read()).removesuffix("\n")
    if not prompt.strip():
        raise LastwordsError("the prompt is empty: give one, or - to read it from standard input")
    client = LocalClient(settings.load(home))
    options = [f"--max-new-tokens={max_new_tokens}", *(["--base"] if base else [])]
    found = generation.generate(
        client.config, client.store, client.store.find(run), prompt, options
    )
    print_found(found | {"base": base}, as_json, lambda: str(found["text"]))
