"""Labels: what people call a run, found by it, and kept through everything that befalls it."""

from __future__ import annotations

import json
import os
import pwd
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.cli.kit import cli, latest, run, run_json
from tests.real import Server

from lastwords.folders import runfolder
from lastwords.folders.labels import labels_path, tags_of


def shown(home: Path, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(cli(home, *arguments, "--json").stdout)
    return found


def ids(home: Path, query: str) -> list[str]:
    return [one["id"] for one in json.loads(cli(home, "ls", "--json", "--search", query).stdout)]


def test_a_run_is_labelled_at_its_start_and_later(home: Path) -> None:
    done = run(home, "--project", "Speech", "--tag", "base", "--tag", "a b", "--json", "--", "true")
    begun = json.loads(done.stdout)
    assert begun["labels"] == {"project": "Speech", "tags": ["base", "a b"]}
    later = ("--tag", "new", "--untag", "BASE", "--star", "--note", "why", "--name", "best")
    found = shown(home, "label", begun["id"], *later)
    assert found["labels"] == {"project": "Speech", "tags": ["a b", "new"]}
    assert (found["starred"], found["note"], found["name"]) == (True, "why", "best")
    assert shown(home, "label", "latest", "--no-star", "--name", "")["name"] is None


def test_every_run_of_a_shell_has_its_unix_user(home: Path) -> None:
    user = pwd.getpwuid(os.getuid()).pw_name
    found = run_json(home, "true")
    assert (found["user"], found["triggeredBy"]) == (user, "command line")
    assert ids(home, f"user:{user}") == ids(home, 'user:"command line"') == [found["id"]]
    entries = [json.loads(line) for line in (home / "audit/000001.jsonl").read_text().splitlines()]
    assert {entry["user"] for entry in entries} == {user}


def test_runs_are_found_by_what_they_are_called(home: Path) -> None:
    one = run_json_of(home, "--project", "Speech", "--tag", "Base")
    two = run_json_of(home, "--tag", "baseline")
    cli(home, "label", two, "--star", "--note", "the good seed")
    assert ids(home, "tag:base") == ids(home, "project:speech") == ids(home, "speech") == [one]
    assert ids(home, "tag:base,baseline") == ids(home, "base") == [two, one]
    assert ids(home, "-tag:base") == ids(home, "is:starred") == ids(home, "good seed") == [two]
    assert ids(home, "tag:none") == ids(home, "project:spee") == []
    assert b"write is:starred" in cli(home, "ls", "--search", "is:blue").stderr


def run_json_of(home: Path, *options: str) -> str:
    return str(json.loads(run(home, *options, "--json", "--", "true").stdout)["id"])


def test_labels_outlive_a_lost_database(home: Path) -> None:
    run_id = run_json_of(home, "--project", "p", "--tag", "t")
    cli(home, "label", run_id, "--tag", "later", "--note", "kept", "--star")
    before = shown(home, "show", run_id)
    (home / "lastwords.db").unlink()
    assert cli(home, "reconcile").returncode == 0
    after = shown(home, "show", run_id)
    assert {name: after[name] for name in ("labels", "note", "starred", "user")} == {
        name: before[name] for name in ("labels", "note", "starred", "user")
    }
    assert ids(home, "tag:later project:p is:starred") == [run_id]


@pytest.mark.parametrize("text", ["[]", "{", '{"tags": 5}', '{"tags": ["a,b"]}', '{"note": 3}'])
def test_a_damaged_labels_file_keeps_no_run_from_being_listed(home: Path, text: str) -> None:
    run_id = run_json_of(home, "--tag", "t")
    labels_path(home, run_id).write_text(text)
    (home / "lastwords.db").unlink()
    assert cli(home, "reconcile").returncode == 0
    assert ids(home, "tag:t") == [run_id]
    assert shown(home, "label", run_id, "--tag", "u")["labels"]["tags"] == ["t", "u"]


def test_a_run_that_is_renamed_while_it_runs_keeps_that_name(home: Path) -> None:
    rename = f"{sys.executable} -m lastwords label --home {home} latest --name mine"
    says = f"until {rename}; do :; done; echo 'wandb: Syncing run fancy-sun-7'"  # listed by then
    done = run(home, "--", "sh", "-c", says)
    assert done.returncode == 0, done.stderr
    assert shown(home, "show", "latest")["name"] == "mine"


@pytest.mark.parametrize("tag", ["", " ", "a,b", 'a"b', "a\nb", "x" * 61])
def test_a_tag_that_no_query_could_name_is_refused(home: Path, tag: str) -> None:
    assert run(home, "--tag", tag, "--", "true").returncode == 1
    with pytest.raises(ValueError, match="a tag is 1 to 60 characters"):
        tags_of([tag])


def test_the_server_sets_labels_and_says_what_is_wrong(server: Server) -> None:
    run_id = server.train("completes", project="Speech", tags=["one"])
    server.ended(run_id)
    change = {"name": "new", "labels": {"addTags": ["two"]}, "note": "n", "starred": True}
    answer = server.patch(f"/runs/{run_id}", change)
    assert answer.status == 200, answer.json
    assert answer.json["labels"] == {"project": "Speech", "tags": ["one", "two"]}
    assert server.get("/runs?q=tag:two").json["runs"][0]["name"] == "new"
    detail = server.get(f"/runs/{run_id}").json
    assert "project" not in detail["spec"] and detail["labels"]["project"] == "Speech"
    for wrong, field in (({"labels": {"tags": ["a,b"]}}, "tags"), ({"name": "a\x00"}, "name")):
        refused = server.patch(f"/runs/{run_id}", wrong)
        assert (refused.status, refused.json["field"]) == (422, field)
    assert server.patch(f"/runs/{run_id}", {"status": "failed"}).status == 422
    assert server.patch("/runs/run_20200101_000000", {"note": ""}).status == 404


def test_a_deleted_run_takes_its_labels_along(home: Path) -> None:
    run_id = run_json_of(home, "--tag", "gone")
    assert latest(home).run_id == run_id
    assert cli(home, "rm", run_id).returncode == 0
    assert not labels_path(home, run_id).exists() and not list(runfolder.all_run_ids(home))
    assert ids(home, "tag:gone") == []
