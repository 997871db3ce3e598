"""Artifacts: the files of a run and nothing that a link leads to."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from tests.api.test_runs import ended, train
from tests.real import PREFIX

from lastwords.config import Config
from lastwords.folders import artifacts, runfolder
from lastwords.folders.artifacts import list_artifacts, open_artifact
from lastwords.folders.runfolder import AttemptFolder
from lastwords.records import now


@pytest.fixture
def folder(home: Path) -> AttemptFolder:
    folder = runfolder.reserve_run(home, now())
    (folder.artifacts / "checkpoint-1").mkdir(parents=True)
    (folder.artifacts / "adapter.bin").write_bytes(b"adapter")
    (folder.artifacts / "checkpoint-1" / "größe .json").write_bytes(b"{}")
    return folder


def names(folder: AttemptFolder) -> list[str]:
    return [artifact.path for artifact in list_artifacts(folder, final=True)[0]]


def test_files_are_listed_with_their_paths_sizes_and_checksums(folder: AttemptFolder) -> None:
    found, total = list_artifacts(folder, final=True)
    assert [(a.path, a.bytes, a.sha256) for a in found] == [
        ("adapter.bin", 7, hashlib.sha256(b"adapter").hexdigest()),
        ("checkpoint-1/größe .json", 2, hashlib.sha256(b"{}").hexdigest()),
    ]
    assert total == 2 and found[0].modified_at.endswith("Z")


def test_no_checksum_is_given_of_what_may_still_change(folder: AttemptFolder) -> None:
    assert [a.sha256 for a in list_artifacts(folder, final=False)[0]] == [None, None]


def test_a_file_that_changed_has_another_checksum(folder: AttemptFolder) -> None:
    before = list_artifacts(folder, final=True)[0][0].sha256
    (folder.artifacts / "adapter.bin").write_bytes(b"another")
    os.utime(folder.artifacts / "adapter.bin", (1, 1))
    assert list_artifacts(folder, final=True)[0][0].sha256 != before


def test_of_large_artifacts_each_call_counts_a_part(
    folder: AttemptFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifacts, "HASHED", 8)
    for name in "abc":
        (folder.artifacts / name).write_bytes(name.encode() * 5)
    missing = [sum(a.sha256 is None for a in list_artifacts(folder, final=True)[0]) for _ in "1234"]
    assert missing == sorted(missing, reverse=True) and missing[0] > missing[-1] == 0


def test_what_is_no_file_of_its_own_is_not_there(folder: AttemptFolder, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    (folder.artifacts / "link").symlink_to(secret)
    (folder.artifacts / "linked-folder").symlink_to(tmp_path)
    os.link(secret, folder.artifacts / "second-name")
    os.mkfifo(folder.artifacts / "pipe")
    assert names(folder) == ["adapter.bin", "checkpoint-1/größe .json"]
    for name in ("link", "linked-folder/secret", "second-name", "pipe", "checkpoint-1"):
        assert open_artifact(folder, name) is None


def test_a_folder_of_artifacts_that_is_a_link_is_empty(
    folder: AttemptFolder, tmp_path: Path
) -> None:
    folder.artifacts.rename(tmp_path / "elsewhere")
    folder.artifacts.symlink_to(tmp_path / "elsewhere")
    assert names(folder) == [] and open_artifact(folder, "adapter.bin") is None


def test_an_attempt_without_artifacts_has_none(home: Path) -> None:
    assert list_artifacts(runfolder.reserve_run(home, now()), final=True) == ([], 0)


@pytest.fixture
def trained(client: FlaskClient) -> str:
    return str(ended(client, train(client, "trains"))["id"])


def test_each_listed_artifact_can_be_downloaded(
    client: FlaskClient, trained: str, config: Config
) -> None:
    listed = client.get(f"{PREFIX}/runs/{trained}/artifacts").get_json()
    assert listed["total"] == len(listed["artifacts"]) > 0
    folder = runfolder.attempt_folder(config.home, trained, 1).artifacts
    for artifact in listed["artifacts"]:
        with client.get(f"{PREFIX}/runs/{trained}/artifacts/{artifact['path']}") as answer:
            assert answer.data == (folder / artifact["path"]).read_bytes()
            assert hashlib.sha256(answer.data).hexdigest() == artifact["sha256"]
            assert answer.headers["Content-Disposition"].startswith("attachment")
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    ["../spec.json", "..%2fspec.json", "%2e%2e/spec.json", "/etc/passwd", "./training_run.json",
     "training_run.json/", "training_run.json%00", "x/../training_run.json", "nothing", "é",
     "a" * 5000],
)  # fmt: skip
def test_no_other_path_gives_a_file(client: FlaskClient, trained: str, path: str) -> None:
    answer = client.get(f"{PREFIX}/runs/{trained}/artifacts/{path}")
    assert answer.status_code in (404, 308) and b"base_model" not in answer.data
