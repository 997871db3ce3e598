"""Artifacts: the files of a run and nothing that a link leads to."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from flask.testing import FlaskClient
from tests.api.test_runs import ended, train
from tests.real import PREFIX, until

from lastwords.config import Config
from lastwords.folders import checksums, runfolder
from lastwords.folders.artifacts import Artifact, Artifacts
from lastwords.folders.runfolder import AttemptFolder
from lastwords.folders.zipped import archived, artifacts_of
from lastwords.records import now


@pytest.fixture
def folder(home: Path) -> AttemptFolder:
    folder = runfolder.reserve_run(home, now())
    (folder.artifacts / "checkpoint-1").mkdir(parents=True)
    (folder.artifacts / "adapter.bin").write_bytes(b"adapter")
    (folder.artifacts / "checkpoint-1" / "größe .json").write_bytes(b"{}")
    return folder


@pytest.fixture
def known() -> Iterator[Artifacts]:
    found = Artifacts()
    yield found
    found.checksums.stop()


def counted(known: Artifacts, folder: AttemptFolder) -> list[Artifact]:
    """The list, once it has every checksum."""
    return until(
        lambda: (
            (found := known.listed(folder, final=True)[0])
            and all(artifact.sha256 for artifact in found)
            and found
        )
    )


def names(known: Artifacts, folder: AttemptFolder) -> list[str]:
    return [artifact.path for artifact in known.listed(folder, final=True)[0]]


def test_files_are_listed_with_their_paths_sizes_and_checksums(
    known: Artifacts, folder: AttemptFolder
) -> None:
    found = counted(known, folder)
    assert [(a.path, a.bytes, a.sha256) for a in found] == [
        ("adapter.bin", 7, hashlib.sha256(b"adapter").hexdigest()),
        ("checkpoint-1/größe .json", 2, hashlib.sha256(b"{}").hexdigest()),
    ]
    assert known.listed(folder, final=True)[1] == 2 and found[0].modified_at.endswith("Z")


def test_no_checksum_is_given_of_what_may_still_change(
    known: Artifacts, folder: AttemptFolder
) -> None:
    counted(known, folder)
    assert [a.sha256 for a in known.listed(folder, final=False)[0]] == [None, None]


def test_a_file_that_changed_has_another_checksum(known: Artifacts, folder: AttemptFolder) -> None:
    before = counted(known, folder)[0].sha256
    (folder.artifacts / "adapter.bin").write_bytes(b"another")
    os.utime(folder.artifacts / "adapter.bin", (1, 1))
    assert counted(known, folder)[0].sha256 != before


def test_a_large_file_is_counted_by_pieces_and_to_the_byte(
    known: Artifacts, folder: AttemptFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checksums, "PIECE", 1000)
    content = os.urandom(123_456)
    (folder.artifacts / "adapter.bin").write_bytes(content)
    assert counted(known, folder)[0].sha256 == hashlib.sha256(content).hexdigest()


def test_what_is_added_or_taken_away_is_seen_though_names_are_remembered(
    known: Artifacts, folder: AttemptFolder
) -> None:
    for place in (folder.artifacts, folder.artifacts / "checkpoint-1"):
        os.utime(place, (1, 1))  # long unchanged, so that the names are remembered
    assert (
        names(known, folder) == names(known, folder) == ["adapter.bin", "checkpoint-1/größe .json"]
    )
    (folder.artifacts / "checkpoint-1" / "new").touch()
    (folder.artifacts / "adapter.bin").unlink()
    assert names(known, folder) == ["checkpoint-1/größe .json", "checkpoint-1/new"]
    with until(lambda: known.open(folder, "checkpoint-1/new")) as file:
        assert file.read() == b""
    assert known.open(folder, "adapter.bin") is None


def test_what_is_no_file_of_its_own_is_not_there(
    known: Artifacts, folder: AttemptFolder, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    (folder.artifacts / "link").symlink_to(secret)
    (folder.artifacts / "linked-folder").symlink_to(tmp_path)
    os.link(secret, folder.artifacts / "second-name")
    os.mkfifo(folder.artifacts / "pipe")
    assert names(known, folder) == ["adapter.bin", "checkpoint-1/größe .json"]
    for name in ("link", "linked-folder/secret", "second-name", "pipe", "checkpoint-1"):
        assert known.open(folder, name) is None


def test_a_folder_of_artifacts_that_is_a_link_is_empty(
    known: Artifacts, folder: AttemptFolder, tmp_path: Path
) -> None:
    folder.artifacts.rename(tmp_path / "elsewhere")
    folder.artifacts.symlink_to(tmp_path / "elsewhere")
    assert names(known, folder) == [] and known.open(folder, "adapter.bin") is None


def test_an_attempt_without_artifacts_has_none(known: Artifacts, home: Path) -> None:
    assert known.listed(runfolder.reserve_run(home, now()), final=True) == ([], 0)


@pytest.fixture
def trained(client: FlaskClient) -> str:
    return str(ended(client, train(client, "trains"))["id"])


def test_each_listed_artifact_can_be_downloaded(
    client: FlaskClient, trained: str, config: Config
) -> None:
    def whole() -> dict[str, Any] | None:
        answer = client.get(f"{PREFIX}/runs/{trained}/artifacts").get_json()
        return answer if all(artifact["sha256"] for artifact in answer["artifacts"]) else None

    listed = until(whole)
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


def test_all_artifacts_are_downloaded_as_one_archive(
    client: FlaskClient, trained: str, config: Config
) -> None:
    folder = runfolder.attempt_folder(config.home, trained, 1).artifacts
    (folder / "plots").mkdir()
    (folder / "plots" / "größe.bin").write_bytes(os.urandom(3 << 20))  # more than one part
    os.utime(folder / "plots" / "größe.bin", (0, 0))  # before the years that an archive knows
    with client.get(f"{PREFIX}/runs/{trained}/artifacts.zip") as answer:
        archive = ZipFile(BytesIO(answer.data))
    assert answer.headers["Content-Disposition"] == f"attachment; filename={trained}.zip"
    assert archive.testzip() is None
    written = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    assert sorted(archive.namelist()) == sorted(written)
    for name, path in written.items():
        assert archive.read(name) == path.read_bytes()


def test_an_archive_leads_nowhere_else_and_holds_nothing_behind_a_link(
    folder: AttemptFolder, known: Artifacts, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("secret")
    (folder.artifacts / "link").symlink_to(tmp_path / "secret")
    (folder.artifacts / "..\\..\\run.bat").write_bytes(b"x")
    archive = ZipFile(BytesIO(b"".join(archived(artifacts_of(known, folder)))))
    assert sorted(archive.namelist()) == [
        ".._.._run.bat",
        "adapter.bin",
        "checkpoint-1/größe .json",
    ]


def test_a_run_without_artifacts_has_no_archive(client: FlaskClient) -> None:
    run = ended(client, train(client, "exits-3"))
    assert client.get(f"{PREFIX}/runs/{run['id']}/artifacts.zip").status_code == 404
