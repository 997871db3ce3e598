"""A run again by hand, an issue about it, and what a report has no room for."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from tests.api.test_runs import failed, show
from tests.real import PREFIX, clean_environment
from tests.surroundings.kit import taken

from lastwords.config import Config, InvalidSetting, load
from lastwords.diagnosis import Ending, explain
from lastwords.diagnosis.report import LIMIT, bug_report
from lastwords.folders import runfolder
from lastwords.folders.attempt import AttemptFolder
from lastwords.presentation.reproduce import TITLE, URL_BYTES, issue_url, reproduction
from lastwords.store.runs import Store

REPOSITORY = "https://github.com/somebody/something"
SECRET = "hf_" + "aB3dE5gH7jK9mN1pQ3"


def test_the_line_to_paste_fails_as_the_run_did_and_leaves_its_folder_alone(
    client: FlaskClient,
) -> None:
    run = show(client, failed(client, "raises"))
    folder = Path(run["outputDir"]).parent
    taken(AttemptFolder(folder))  # beside the run, and it may outlast it
    before = sorted(folder.rglob("*"))
    line = run["reproduce"]["command"]
    done = subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, env=clean_environment()
    )
    assert done.returncode == run["exitCode"] and run["headline"] in done.stderr + done.stdout
    assert sorted(folder.rglob("*")) == before
    assert run["reproduce"]["environment"]["PYTHONUNBUFFERED"] == "1"


def test_no_secret_of_the_environment_stands_in_it(
    client: FlaskClient, config: Config, store: Store
) -> None:
    run = store.run(failed(client))
    variables = {"HF_TOKEN": SECRET, "HF_HOME": "/srv/hf home", "OTHER": "x", "HF_X": SECRET}
    found = reproduction(config, replace(run, command=[*run.command, f"--key={SECRET}"]), variables)
    assert SECRET not in found.command and "HF_TOKEN" not in found.command
    assert "HF_HOME='/srv/hf home'" in found.command
    assert found.environment["HF_TOKEN"] == found.environment["HF_X"] == "***"
    assert "OTHER" not in found.environment


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("somebody/something", REPOSITORY),
        (f"{REPOSITORY}.git", REPOSITORY),
        ("http://git.local:3000/a/b/", "http://git.local:3000/a/b"),
    ],
)
def test_a_repository_is_named_or_given_by_its_url(tmp_path: Path, given: str, meant: str) -> None:
    assert load(tmp_path, {"LASTWORDS_REPOSITORY": given}).repository == meant


@pytest.mark.parametrize(
    "given", ["something", "javascript:alert(1)", "https://x", "a/b?c", "a b/c"]
)
def test_what_is_no_repository_is_refused(tmp_path: Path, given: str) -> None:
    with pytest.raises(InvalidSetting, match="LASTWORDS_REPOSITORY"):
        load(tmp_path, {"LASTWORDS_REPOSITORY": given})


def test_without_a_repository_or_a_failure_there_is_no_issue(
    client: FlaskClient, config: Config, store: Store
) -> None:
    run_id = failed(client)
    assert show(client, run_id)["issueUrl"] is None
    completed = failed(client, "trains")
    assert issue_url(replace(config, repository=REPOSITORY), store.run(completed)) is None


@pytest.mark.parametrize(
    "headline",
    ["ValueError: x", f"ValueError: {SECRET} & #1?", "é漢\U0001f600" * 300, "%" * 1000, "", "\n\n"],
)
def test_an_issues_url_fits_a_browser_and_holds_title_and_summary(
    client: FlaskClient, config: Config, store: Store, headline: str
) -> None:
    run = replace(store.run(failed(client)), headline=headline)
    url = issue_url(replace(config, repository=REPOSITORY), run)
    assert url and url.startswith(f"{REPOSITORY}/issues/new?") and url.isascii()
    assert len(url) <= URL_BYTES and SECRET not in url
    said = parse_qs(urlsplit(url).query, strict_parsing=True)
    assert set(said) == {"title", "body"}
    assert said["title"][0].startswith("Run failed: ") and len(said["title"][0]) <= TITLE
    assert "\ufffd" not in said["title"][0] + said["body"][0]
    if len(headline) < 100:
        assert run.id in said["body"][0]


def test_an_issue_pings_nobody_by_title_or_body(
    client: FlaskClient, config: Config, store: Store
) -> None:
    words = "ValueError: @torch.compile #12 acme/x#34 `@tick` https://evil.example @octocat"
    run = replace(store.run(failed(client)), headline=words * 3, reason="@octocat", stage="a#1")
    url = issue_url(replace(config, repository=REPOSITORY), run) or ""
    said = parse_qs(urlsplit(url).query)
    assert not re.search(r"[@#]\w", said["title"][0]) and "torch.compile" in said["title"][0]
    for length in (len(words * 3), 400, 4_000, 40_000):
        run = replace(run, headline=(words * 900)[:length])
        url = issue_url(replace(config, repository=REPOSITORY), run) or ""
        body = parse_qs(urlsplit(url).query)["body"][0]
        inline = [part for token in MarkdownIt().parse(body) for part in token.children or []]
        prose = "".join(part.content for part in inline if part.type == "text")
        assert not re.search(r"octocat|torch|acme|evil|#", prose)
        assert {part.type for part in inline} <= {"text", "softbreak", "code_inline"}


def test_a_report_says_which_file_holds_what_it_has_no_room_for(client: FlaskClient) -> None:
    run_id = failed(client, "raises-1mb")
    path = f"{PREFIX}/runs/{run_id}/report.md"
    report, rest = client.get(path), client.get(f"{path}?part=overflow")
    assert len(report.text) <= LIMIT
    name, size = f"{run_id}-error.log", len(rest.text)
    assert f"all of its {size:,} characters are in the file {name}" in report.text
    assert rest.text.strip() == client.get(f"{PREFIX}/runs/{run_id}/error").text.strip()
    assert report.headers["X-Overflow-Name"] == name
    assert report.headers["X-Overflow-Characters"] == str(size)
    assert name in rest.headers["Content-Disposition"]


def test_a_report_with_room_for_all_has_no_overflow(client: FlaskClient) -> None:
    path = f"{PREFIX}/runs/{failed(client)}/report.md"
    assert "X-Overflow-Name" not in client.get(path).headers
    assert client.get(f"{path}?part=overflow").status_code == 404


def test_a_report_tells_stages_and_how_to_reproduce_it(client: FlaskClient, config: Config) -> None:
    run_id = failed(client)
    started = {"event": "stage_started", "stage": "load_model", "time": "2026-01-01T00:00:00.000Z"}
    folder = runfolder.attempt_folder(config.home, run_id, 1)
    folder.events.write_text(json.dumps(started) + "\n")
    run = show(client, run_id)
    text = client.get(f"{PREFIX}/runs/{run['id']}/report.md").text
    assert "## How to reproduce by hand" in text and run["reproduce"]["command"] in text
    assert "## Stages" in text
    assert "1. `load_model`: `running" in text
    assert "- Took: `" in text


NASTY = st.sampled_from(
    ["`", "```", "~~~", "````text", "</details>", "\n", "\n\n", "    ", "# ", "- ", "| a |", "\\",
     "ValueError: x\n", "\x1b[31m", "\u202e", "é", "\0", "<!--", "[x](y)", "`" * 600, "x" * 9000]
)  # fmt: skip
TEXTS = st.lists(NASTY, max_size=30).map("".join)


@given(error=TEXTS, tail=TEXTS, command=TEXTS, name=TEXTS)
@example("```\n" * 20_000, "`" * 70_000, "```\n" * 5_000, "|`" * 3000)
@settings(max_examples=60, deadline=None)
def test_every_fence_is_closed_whatever_the_error_holds(
    error: str, tail: str, command: str, name: str
) -> None:
    explanation = explain(error.encode(), Ending(exit_code=1))
    stages: list[dict[str, object]] = [{"name": name, "status": "failed", "seconds": 1.5}]
    run = {"id": "run_1", "name": name, "reason": name}
    text = bug_report(
        run, explanation, error, tail, {"command": command}, stages=stages, reproduce=command
    ).text
    assert len(text) <= LIMIT
    tokens = MarkdownIt().parse(text + "\n\nTHE END\n")
    last = [token for token in tokens if token.type == "inline"][-1]
    assert last.content == "THE END"
    headings = {
        tokens[at + 1].content for at, token in enumerate(tokens) if token.type == "heading_open"
    }
    wanted = {"Error": error, "Last lines of the log": tail, "How to reproduce by hand": command}
    assert {title for title, holds in wanted.items() if _printable(holds)} <= headings


def _printable(text: str) -> bool:
    return any(part.isalnum() for part in text.replace("[31m", ""))
