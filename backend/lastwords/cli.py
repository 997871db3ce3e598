"""The command `lastwords`. What is heavy is imported inside the commands that need it."""

from __future__ import annotations

import codecs
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from lastwords import config as settings
from lastwords.records import LastwordsError

if TYPE_CHECKING:
    from lastwords.clients import Client, RemoteClient
    from lastwords.presentation import Json

SHORTEST_PASSWORD = 10

_home = click.option(
    "--home", type=click.Path(path_type=Path), help="Folder of the database and the runs."
)
_as_json = click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
_url = click.option("--url", help="Ask a server instead of this machine's home.")
_token = click.option("--token", help="Its login token.", envvar="LASTWORDS_TOKEN")
_run = click.argument("run")


def main() -> None:
    """Run the command; an error that the user can mend is one line, not a stack."""
    try:
        commands(prog_name="lastwords", standalone_mode=False)
    except click.exceptions.Exit as leaving:
        sys.exit(leaving.exit_code)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except LastwordsError as error:
        print(f"lastwords: {error}", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(141)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def commands() -> None:
    """Runs fine-tuning jobs, keeps every word they say, and shows why one failed.

    RUN is an id, the beginning of one, or `latest`.
    """


def _reading(command: Callable[..., None]) -> Callable[..., None]:
    """A command that reads runs, of this machine or of a server."""
    for option in (_home, _url, _token, _as_json):
        command = option(command)
    return command


def _client(home: Path | None, url: str | None, token: str | None) -> Client:
    from lastwords.clients import LocalClient, RemoteClient

    return RemoteClient(url, token) if url else LocalClient(settings.load(home))


# --- serving -------------------------------------------------------------------------------------


@commands.command()
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65_535), help="Port to listen on.")
@_home
def serve(host: str | None, port: int | None, home: Path | None) -> None:
    """Serve the page and the API, and run what is queued."""
    _serve(home, host, port)


@commands.command()
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65_535), help="Port to listen on.")
@click.option("--prepare-only", is_flag=True, help="Prepare the home, and do not serve.")
@_home
def demo(host: str | None, port: int | None, prepare_only: bool, home: Path | None) -> None:
    """Fill an empty home with real data and a bundled model, then serve it."""
    from lastwords import demo_home

    config = settings.load(home)
    demo_home.fill_if_empty(config.home, click.echo)
    if not prepare_only:
        _serve(home, host, port)


def _serve(home: Path | None, host: str | None, port: int | None) -> None:
    from dataclasses import replace

    from lastwords import server

    config = settings.load(home)
    asked = port is not None or config.sources.get("port") != "default"
    given: dict[str, Any] = {"host": host, "port": port}
    given = {name: value for name, value in given.items() if value is not None}
    sources = {**config.sources, **dict.fromkeys(given, "command line")}
    server.serve(replace(config, **given, sources=sources), port_is_asked=asked)


@commands.command("hash-password")
def hash_password() -> None:
    """Ask for a password, and print the hash to set LASTWORDS_PASSWORD_HASH to."""
    from argon2 import PasswordHasher

    if sys.stdin.isatty():
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        password = sys.stdin.readline().rstrip("\n")
    if len(password) < SHORTEST_PASSWORD:
        raise LastwordsError(f"a password has at least {SHORTEST_PASSWORD} characters")
    click.echo(PasswordHasher().hash(password))


@commands.command("url")
@_home
def show_url(home: Path | None) -> None:
    """Print the login URL of the running server again."""
    from lastwords import server

    click.echo(server.running_url(settings.load(home)))


# --- recording -----------------------------------------------------------------------------------


@commands.command(context_settings={"ignore_unknown_options": True})
@click.option("--expect", help="A path that must be written, or the run counts as failed.")
@click.option("--name", help="A name for people.")
@click.option("--quiet", is_flag=True, help="Record only; echo nothing.")
@_as_json
@_home
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def run(
    expect: str | None,
    name: str | None,
    quiet: bool,
    as_json: bool,
    home: Path | None,
    command: Sequence[str],
) -> None:
    """Record any COMMAND, and end with its exit code."""
    from lastwords import foreground

    asked = foreground.command_facts(name, expect)
    recording = foreground.Recording(command, asked, _echo_to(quiet, as_json), as_json)
    _leave(foreground.record(settings.load(home), recording))


@commands.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.option("--quiet", is_flag=True)
@_as_json
@_home
@click.argument("flags", nargs=-1, type=click.UNPROCESSED)
def train(quiet: bool, as_json: bool, home: Path | None, flags: Sequence[str]) -> None:
    """Record a training in the foreground; FLAGS are the trainer's."""
    from lastwords import foreground

    config = settings.load(home)
    if {"-h", "--help"} & set(flags):
        from lastwords import text

        click.echo(text.trainer_flags(config.trainer_command))
        return
    command, asked = foreground.training(config, flags)
    recording = foreground.Recording(command, asked, _echo_to(quiet, as_json), as_json)
    _leave(foreground.record(config, recording))


def _leave(code: int) -> NoReturn:
    """End at once: Python takes 10 ms to tidy up what the kernel takes away anyway."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _echo_to(quiet: bool, as_json: bool) -> int | None:
    return None if quiet else 2 if as_json else 1


# --- reading -------------------------------------------------------------------------------------


@commands.command("ls")
@click.option("--status", default="", help="Only these, separated by commas.")
@click.option("--search", default="", help="Only runs that hold this text.")
@click.option("-n", "--limit", default=20, type=click.IntRange(1, 200), help="How many.")
@_reading
def list_runs(
    status: str,
    search: str,
    limit: int,
    home: Path | None,
    url: str | None,
    token: str | None,
    as_json: bool,
) -> None:
    """List runs, newest first."""
    from lastwords import text
    from lastwords.clients import NoHome

    try:
        runs = _client(home, url, token).list(limit, status, search)
    except NoHome as missing:
        print(f"lastwords: {missing}", file=sys.stderr)
        runs = []
    _print(runs, as_json, lambda: text.table(runs, limit, bool(status or search)))


@commands.command()
@_run
@_reading
def show(run: str, home: Path | None, url: str | None, token: str | None, as_json: bool) -> None:
    """Show a run's facts."""
    from lastwords import text

    found = _client(home, url, token).show(run)
    _print(found, as_json, lambda: text.facts(found))


@commands.command()
@_run
@click.option("-f", "--follow", is_flag=True, help="Go on until the run ends.")
@click.option("--masked", is_flag=True, help="Without secrets, to be passed on; not exact.")
@_reading
def log(
    run: str,
    follow: bool,
    masked: bool,
    home: Path | None,
    url: str | None,
    token: str | None,
    as_json: bool,
) -> None:
    """Print the exact bytes of a run's log, and nothing else."""
    chunks = _client(home, url, token).log(run, follow)
    if masked:
        chunks = _masked(home, chunks)
    if as_json:
        _print_json({"log": b"".join(chunks).decode("utf-8", errors="replace")})
        return
    _write(chunks)


def _masked(home: Path | None, chunks: Iterator[bytes]) -> Iterator[bytes]:
    from lastwords.diagnosis.masking import mask_stream
    from lastwords.secrecy import secret_values

    texts = codecs.iterdecode(chunks, "utf-8", errors="replace")
    values = secret_values(settings.load(home))
    return (text.encode("utf-8") for text in mask_stream(texts, values))


def _write(chunks: Iterable[bytes]) -> None:
    """Exact bytes into a pipe or a file; a terminal shows control characters, and obeys none."""
    if sys.stdout.isatty():
        from lastwords.terminal import visible_stream

        chunks = (text.encode("utf-8") for text in visible_stream(chunks))
    for chunk in chunks:
        sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()


@commands.command()
@_run
@_reading
def error(run: str, home: Path | None, url: str | None, token: str | None, as_json: bool) -> None:
    """Print the whole error of a run, and nothing else."""
    whole = _client(home, url, token).error(run)
    if as_json:
        _print_json({"error": whole.decode("utf-8", errors="replace")})
        return
    _write([whole])
    if sys.stdout.isatty() and not whole.endswith(b"\n"):
        sys.stdout.buffer.write(b"\n")


@commands.command()
@_run
@click.option(
    "--overflow", is_flag=True, help="The whole error, where a report has no room for it."
)
@click.option("--issue-url", "as_url", is_flag=True, help="A new issue on LASTWORDS_REPOSITORY.")
@_reading
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
    client = _client(home, url, token)
    if as_url:
        address = client.issue_url(run)
        if address is None:
            raise LastwordsError("no issue: LASTWORDS_REPOSITORY is not set, or nothing failed")
        _print({"issueUrl": address}, as_json, lambda: address)
        return
    text = client.report_overflow(run).decode() if overflow else client.report(run)
    _print({"report": text}, as_json, lambda: text)


@commands.command()
@click.argument("run", required=False)
@click.option("--log", "log_file", help="Any log file; - reads standard input.")
@click.option("--exit-code", type=int, help="How the process that wrote it ended.")
@click.option("--signal", "signal_name", help="The signal that ended it: SIGKILL, KILL or 9.")
@_reading
def explain(
    run: str | None,
    log_file: str | None,
    exit_code: int | None,
    signal_name: str | None,
    home: Path | None,
    url: str | None,
    token: str | None,
    as_json: bool,
) -> None:
    """Say why a run failed, or what any log from anywhere tells."""
    from lastwords import text

    if (run is None) == (log_file is None):
        raise click.UsageError("name either a RUN or a --log FILE")
    if log_file is not None:
        from lastwords import foreign

        diagnosis = foreign.explain_log(log_file, exit_code, signal_name)
    else:
        assert run is not None
        diagnosis = _client(home, url, token).diagnosis(run)
    _print(diagnosis, as_json, lambda: text.diagnosis(diagnosis))


@commands.command()
@_run
@click.argument("prompt")
@click.option("--max-new-tokens", default=128, type=click.IntRange(1), help="How long an answer.")
@click.option("--base", is_flag=True, help="Of the base model, without what was learnt.")
@_reading
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
    """Print what a training's adapter answers to PROMPT and nothing else; - reads stdin."""
    if url:
        raise LastwordsError(
            "generate works where the adapter lies: run it on the server's machine"
        )
    from lastwords import generation
    from lastwords.clients import LocalClient

    if prompt == "-":
        prompt = os.fsdecode(sys.stdin.buffer.read()).removesuffix("\n")
    if not prompt.strip():
        raise LastwordsError("the prompt is empty: give a text, or - and a text on standard input")
    client = LocalClient(settings.load(home))
    options = [f"--max-new-tokens={max_new_tokens}", *(["--base"] if base else [])]
    found = generation.generate(
        client.config, client.store, client.store.find(run), prompt, options
    )
    _print(found | {"base": base}, as_json, lambda: str(found["text"]))


# --- deciding ------------------------------------------------------------------------------------


@commands.command()
@_run
@_reading
def cancel(run: str, home: Path | None, url: str | None, token: str | None, as_json: bool) -> None:
    """Take a run out of the queue, or stop it with its whole process tree."""
    client = _client(home, url, token)
    before = client.show(run)
    found = client.cancel(before["id"])
    words = {"queued": "was taken out of the queue", "running": "is being stopped"}.get(
        before["status"], f"is {before['status']} already"
    )
    _print(found, as_json, lambda: f"{found['id']} {words}")


@commands.command()
@_run
@_reading
def retry(run: str, home: Path | None, url: str | None, token: str | None, as_json: bool) -> None:
    """Queue a new attempt of a finished training."""
    found = _client(home, url, token).retry(run)
    _print(found, as_json, lambda: f"{found['id']} is queued as attempt {found['attempt']}")


@commands.command("rm")
@click.argument("runs", nargs=-1)
@click.option("--keep", type=click.IntRange(0), help="Delete all finished runs but the newest N.")
@click.option("--older-than", type=click.FloatRange(0), help="Delete what ended DAYS ago.")
@click.option("--dry-run", is_flag=True, help="Say what would be deleted, and delete nothing.")
@_reading
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

    Either RUNS, or those that --keep and --older-than let go; of these the newest failed one stays.
    """
    from lastwords import text
    from lastwords.retention import Policy

    policy = Policy(keep, older_than)
    if bool(runs) == (not policy.keeps_all):
        raise click.UsageError("name either RUNS, or --keep N, --older-than DAYS or both")
    client = _client(home, url, token)
    doomed = [client.show(run)["id"] for run in runs] or client.doomed(policy)
    freed: list[dict[str, Any]] = []
    for run_id in dict.fromkeys(doomed):
        freed.append({"id": run_id, "bytes": client.size(run_id)})
        if not dry_run:
            client.remove(run_id)
    done = {"removed": freed, "dryRun": dry_run}
    _print(done, as_json, lambda: text.removed(freed, dry_run))


@commands.command()
@_home
@_as_json
def reconcile(home: Path | None, as_json: bool) -> None:
    """Rebuild the database from the run folders."""
    from lastwords.reconcile import reconcile as rebuild

    done = rebuild(settings.load(home))
    moved = f"\nthe damaged database is now {done.moved_to}" if done.moved_to else ""
    skipped = "".join(f"\nskipped {words}" for words in done.skipped)
    found = {
        "added": done.added,
        "known": done.known,
        "skipped": done.skipped,
        "movedTo": str(done.moved_to) if done.moved_to else None,
    }
    words = f"{done.added} runs added, {done.known} were listed already"
    if done.added and not done.known:  # it was made anew
        words += "; notes on errors and their marks as resolved stood in no folder, and are gone"
    _print(found, as_json, lambda: words + moved + skipped)


@commands.command("doctor")
@_reading
def examine(home: Path | None, url: str | None, token: str | None, as_json: bool) -> None:
    """Say what would make a training fail; ends with 1 if anything would."""
    from lastwords import text

    found = _remote(url, token).doctor() if url else _examined(home)
    _print(found, as_json, lambda: text.findings(found["checks"]))
    sys.exit(1 if found["verdict"] == "fail" else 0)


def _examined(home: Path | None) -> Json:
    from dataclasses import asdict

    from lastwords import doctor

    found = doctor.examine(settings.load(home))
    return {"verdict": doctor.worst(found), "checks": [asdict(finding) for finding in found]}


@commands.command("config")
@_reading
def show_config(home: Path | None, url: str | None, token: str | None, as_json: bool) -> None:
    """Show every setting in force and where it comes from."""
    from lastwords import text

    local = {"settings": settings.describe(settings.load(home))} if not url else None
    found = local or _remote(str(url), token).settings()
    _print(found, as_json, lambda: text.settings(found["settings"]))


def _remote(url: str, token: str | None) -> RemoteClient:
    from lastwords.clients import RemoteClient

    return RemoteClient(url, token)


def _print(value: Json | list[Json], as_json: bool, words: Callable[[], str]) -> None:
    if as_json:
        _print_json(value)
    else:
        _echo(words())


def _echo(words: str) -> None:
    if sys.stdout.isatty():
        from lastwords.terminal import visible

        words = visible(words)
    click.echo(words)


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False))
