"""The doctor: real homes, real databases, real damaged files, and a verdict on each."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from tests.real import PREFIX, clean_environment

from lastwords import doctor
from lastwords.config import Config
from lastwords.doctor import estimate, packages
from lastwords.doctor.finding import Finding
from lastwords.records import InvalidSpec
from lastwords.store import Store
from lastwords.trainer.data import TABLE

Spec = dict[str, Any]
ROOT_IS_REFUSED_NOTHING = os.geteuid() == 0


@pytest.fixture
def seen(tmp_path: Path) -> dict[str, str]:
    """The environment of a machine with a model cache of its own, which is empty."""
    return {"PATH": os.environ["PATH"], "HF_HOME": str(tmp_path / "hf")}


def header_of(tensors: dict[str, Any]) -> bytes:
    text = json.dumps(tensors).encode()
    return struct.pack("<Q", len(text)) + text


def make_model(folder: Path, **config: int) -> Path:
    """A base model of 6 numbers, as small as one can be and whole."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "tokenizer.json").write_text("{}")
    tensor = {"w": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}
    (folder / "model.safetensors").write_bytes(header_of(tensor) + bytes(24))
    return folder


def make_database(path: Path, rows: int, table: str = TABLE) -> Path:
    suggestions = json.dumps([{"description": "on", "confidence": 0.9}])
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"CREATE TABLE {table} (original_query, suggestions, created_at)")
        values = [(f"turn it on, {number}", suggestions, number) for number in range(rows)]
        database.executemany(f"INSERT INTO {table} VALUES (?, ?, ?)", values)
        database.commit()
    return path


def found(config: Config, name: str, seen: dict[str, str], asked: Spec | None = None) -> Finding:
    """One check's finding; whatever is not ok has a command."""
    findings = doctor.examine(config, asked, seen)
    assert all(finding.command for finding in findings if finding.verdict != "ok")
    return next(finding for finding in findings if finding.name == name)


def verdicts(config: Config, seen: dict[str, str]) -> dict[str, str]:
    return {finding.name: finding.verdict for finding in doctor.examine(config, None, seen)}


# --- the home and its database -------------------------------------------------------------------


def test_a_home_in_order_passes_every_check(
    config: Config, store: Store, seen: dict[str, str]
) -> None:
    model = make_model(config.home / "model")
    whole = replace(config, defaults={"dataFile": "data.jsonl", "baseModel": str(model)})
    assert set(verdicts(whole, seen).values()) == {"ok"}
    assert doctor.worst(doctor.examine(whole, None, seen)) == "ok"


def test_a_home_that_is_not_there_yet_is_no_failure(tmp_path: Path, seen: dict[str, str]) -> None:
    new = Config(home=tmp_path / "new")
    assert "fail" not in verdicts(new, seen).values()
    assert (found(new, "home", seen).verdict, found(new, "database", seen).verdict) == ("warn",) * 2
    assert "no data is configured" in found(new, "settings", seen).text
    assert not new.home.exists()


def test_a_home_that_others_can_read_fails(config: Config, seen: dict[str, str]) -> None:
    config.home.chmod(0o755)
    finding = found(config, "home", seen)
    assert (finding.verdict, finding.command) == ("fail", f"chmod 700 {config.home}")


def test_a_home_that_is_a_file_fails(config: Config, seen: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert found(replace(config, home=tmp_path / "file"), "home", seen).verdict == "fail"


def test_runs_that_are_no_folder_fail(config: Config, seen: dict[str, str]) -> None:
    (config.home / "runs").rmdir()
    (config.home / "runs").write_text("")
    assert found(config, "home", seen).verdict == "fail"


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    folder.chmod(0o500)
    yield
    folder.chmod(0o700)


@pytest.mark.skipif(ROOT_IS_REFUSED_NOTHING, reason="root may write everywhere")
def test_runs_that_take_no_file_fail(config: Config, seen: dict[str, str]) -> None:
    with read_only(config.home / "runs"):
        finding = found(config, "home", seen)
    assert finding.verdict == "fail" and "sudo chown" in str(finding.command)


def test_a_damaged_database_is_rebuilt_by_reconcile(
    config: Config, store: Store, seen: dict[str, str]
) -> None:
    store.close()
    size = config.database.stat().st_size
    with config.database.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    finding = found(config, "database", seen)
    assert finding.verdict == "fail" and "damaged" in finding.text
    assert finding.command == f"lastwords reconcile --home {config.home}"


def test_a_database_that_is_none_fails(config: Config, seen: dict[str, str]) -> None:
    config.database.write_text("this is not a database, whatever its name says\n" * 100)
    assert "not a database" in found(config, "database", seen).text


def test_a_database_held_by_another_writer_names_who_to_look_for(
    config: Config, store: Store, seen: dict[str, str]
) -> None:
    store.close()
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(config.database)],
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
    )
    with holder:
        assert holder.stdout is not None and holder.stdout.readline()
        finding = found(config, "database", seen)
        holder.kill()
    assert (finding.verdict, finding.command) == ("fail", f"fuser -v {config.database}")


HOLD = """
import sys
from lastwords.sqlite import sqlite3
held = sqlite3.connect(sys.argv[1])
held.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""


def test_the_examination_leaves_the_locks_of_the_store_alone(
    config: Config, store: Store, seen: dict[str, str]
) -> None:
    """A second copy of SQLite in this process would drop them when it closes the file."""
    with store.writing():
        store.db.execute("DELETE FROM runs")
        finding = found(config, "database", seen)
        ask = "import sys; sys.argv[1:]; from lastwords.sqlite import sqlite3; " + (
            "c = sqlite3.connect(sys.argv[1], timeout=0); c.execute('BEGIN IMMEDIATE')"
        )
        other = subprocess.run(
            [sys.executable, "-c", ask, str(config.database)], capture_output=True, text=True
        )
    assert "locked" in finding.text and "database is locked" in other.stderr


# --- data ----------------------------------------------------------------------------------------


def test_labelled_rows_are_counted(config: Config, seen: dict[str, str]) -> None:
    make_database(config.home / "ask.db", 7)
    finding = found(config, "data", seen, {"dbPath": "ask.db"})
    assert finding.verdict == "ok" and finding.text.startswith("7 labelled examples")


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ({"dbPath": "gone.db"}, "does not exist"),
        ({"dbPath": "other.db"}, "no such table: ask_ai_queries"),
        ({"dbPath": "empty.db"}, "no rows in table ask_ai_queries"),
        ({"dbPath": "text.db"}, "file is not a database"),
        ({"dbPath": "runs"}, "is not a file"),
        ({"dataFile": "pipe"}, "is not a file"),
        ({"dataFile": "text.db"}, "are malformed"),
        ({"dbPath": "lastwords.db"}, "is the database of Lastwords itself"),
        ({"dbPath": "same.db"}, "is the database of Lastwords itself"),
    ],
)
def test_data_that_cannot_be_learnt_from_fails(
    config: Config, store: Store, seen: dict[str, str], spec: Spec, says: str
) -> None:
    make_database(config.home / "other.db", 1, table="queries")
    make_database(config.home / "empty.db", 0)
    (config.home / "text.db").write_text("neither rows nor JSON, " * 100)
    os.mkfifo(config.home / "pipe")
    os.link(config.database, config.home / "same.db")
    finding = found(config, "data", seen, spec)
    assert finding.verdict == "fail" and says in finding.text


def test_malformed_lines_are_a_warning_and_the_command_shows_the_first(
    config: Config, seen: dict[str, str]
) -> None:
    with (config.home / "data.jsonl").open("a") as file:
        file.write('{"prompt": "no answer"}\n')
    finding = found(config, "data", seen)
    assert finding.verdict == "warn" and "1 malformed" in finding.text
    shown = subprocess.run(["bash", "-c", str(finding.command)], capture_output=True, check=True)
    assert shown.stdout == b'{"prompt": "no answer"}\n'


def test_a_locked_data_base_fails_and_says_so(
    config: Config, seen: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_database(config.home / "ask.db", 1)
    monkeypatch.setattr("lastwords.trainer.data.BUSY_SECONDS", 0.1)
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        finding = found(config, "data", seen, {"dbPath": "ask.db"})
    assert (finding.verdict, finding.command) == ("fail", f"fuser -v {path}")


# --- settings ------------------------------------------------------------------------------------


def test_defaults_that_cannot_be_used_are_a_finding(config: Config, seen: dict[str, str]) -> None:
    wrong = replace(config, defaults={"dataFile": "data.jsonl", "epochs": -1})
    finding = found(wrong, "settings", seen)
    assert finding.verdict == "fail" and "epochs: -1 is not between" in finding.text
    assert "lastwords.toml" in str(finding.command)


def test_defaults_outside_the_data_roots_are_a_finding(
    config: Config, seen: dict[str, str]
) -> None:
    finding = found(replace(config, defaults={"dbPath": "/etc/passwd"}), "settings", seen)
    assert finding.verdict == "fail" and "LASTWORDS_DATA_ROOTS" in finding.text


def test_a_spec_that_could_not_be_started_is_refused(config: Config, seen: dict[str, str]) -> None:
    with pytest.raises(InvalidSpec, match="epochs"):
        doctor.examine(config, {"epochs": 0}, seen)


# --- packages ------------------------------------------------------------------------------------


def add_package(site: Path, name: str, version: str, *needs: str) -> None:
    """Metadata of an installed package, as pip writes it."""
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {need}" for need in needs]
    folder = site / f"{name.replace('-', '_')}-{version}.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text("\n".join(lines) + "\n")


def test_versions_that_do_not_fit_each_other_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_package(tmp_path, "alpha-lw", "1.0", "beta-lw>=2,<3", "gamma-lw", "delta-lw; extra == 'x'")
    add_package(tmp_path, "beta-lw", "1.9")
    monkeypatch.syspath_prepend(tmp_path)
    assert list(packages.misfits(("alpha-lw",)))[-2:] == ["beta-lw<3,>=2", "gamma-lw"]


def test_a_missing_package_is_installed_with_the_extra(
    config: Config, seen: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lastwords.trainer.checks.PACKAGES", ("torch-that-is-not-there",))
    finding = found(config, "packages", seen)
    assert (finding.verdict, finding.command) == ("fail", "pip install 'lastwords[train]'")
    assert "torch-that-is-not-there" in finding.text


def test_a_trainer_that_is_not_there_fails(config: Config, seen: dict[str, str]) -> None:
    gone = replace(config, trainer_command=("/no/such/python", "-m", "lastwords.trainer"))
    assert found(gone, "packages", seen).verdict == "fail"


def test_another_trainers_packages_are_not_judged(config: Config, seen: dict[str, str]) -> None:
    other = replace(config, trainer_command=("sh", "-c", "true"))
    assert "its own affair" in found(other, "packages", seen).text


# --- the model -----------------------------------------------------------------------------------


def model_finding(config: Config, seen: dict[str, str], folder: Path) -> Finding:
    return found(config, "model", seen, {"baseModel": str(folder)})


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is truncated: 0 bytes"),
        (b"version https://git-lfs.github.com/spec/v1\n", "truncated or not a safetensors file"),
        (header_of({"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}), "not all there"),
        (
            header_of({"w": {"dtype": "F32", "shape": [3], "data_offsets": [0, 8]}}),
            "damaged header",
        ),
        (struct.pack("<Q", 4) + b"{]}!", "damaged header"),
    ],
)
def test_a_model_with_a_broken_safetensors_file_fails(
    config: Config, seen: dict[str, str], content: bytes, says: str
) -> None:
    folder = make_model(config.home / "model")
    (folder / "model-2.safetensors").write_bytes(content)
    finding = model_finding(config, seen, folder)
    assert finding.verdict == "fail" and says in finding.text
    assert "model-2.safetensors" in finding.text


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_model_that_lacks_a_file_fails(config: Config, seen: dict[str, str], name: str) -> None:
    folder = make_model(config.home / "model")
    (folder / name).unlink()
    assert model_finding(config, seen, folder).verdict == "fail"


def test_a_split_model_that_lacks_a_part_fails(config: Config, seen: dict[str, str]) -> None:
    folder = make_model(config.home / "model")
    index = {"weight_map": {"a": "model.safetensors", "b": "model-00002-of-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    finding = model_finding(config, seen, folder)
    assert finding.verdict == "fail" and "lacks model-00002-of-00002" in finding.text


def test_a_model_in_the_cache_is_followed_through_its_links(
    config: Config, seen: dict[str, str], tmp_path: Path
) -> None:
    """The hub's cache holds links to blobs."""
    home = tmp_path / "hf" / "hub" / "models--acme--tiny"
    blobs = make_model(home / "blobs")
    snapshot = home / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    for blob in blobs.iterdir():
        (snapshot / blob.name).symlink_to(f"../../blobs/{blob.name}")
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text("abc")
    assert found(config, "model", seen, {"baseModel": "acme/tiny"}).verdict == "ok"
    (blobs / "model.safetensors").write_bytes(b"")
    finding = found(config, "model", seen, {"baseModel": "acme/tiny"})
    assert finding.verdict == "fail" and "--force-download" in str(finding.command)


def test_a_model_to_be_downloaded_is_a_warning_and_offline_a_failure(
    config: Config, seen: dict[str, str]
) -> None:
    finding = found(config, "model", seen)
    assert finding.verdict == "warn" and "hf download google/flan-t5-small" in str(finding.command)
    offline = {**seen, "HF_HUB_OFFLINE": "1"}
    assert found(config, "model", offline).verdict == "fail"


def test_a_model_folder_that_is_not_there_fails(config: Config, seen: dict[str, str]) -> None:
    finding = model_finding(config, seen, config.home / "gone")
    assert finding.verdict == "fail" and "no such folder" in finding.text


# --- memory, disk, cache, GPU --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("batch", "tokens", "peak"), [(1, 286, 1522), (1, 798, 2640), (2, 798, 3617)]
)
def test_the_estimate_is_near_what_a_training_was_seen_to_take(
    batch: int, tokens: int, peak: int
) -> None:
    """The peaks of SmolLM2-135M with LoRA in float32, in MB, measured."""
    shape = estimate.Shape(134_515_008, layers=30, hidden=576, vocabulary=49_152)
    spec = {"batchSize": batch, "sourceMaxTokens": tokens - 100, "targetMaxTokens": 100}
    needed = estimate.needed(shape, spec)
    assert abs(needed / 2**20 - peak) < 0.1 * peak
    assert estimate.fitting_batch(shape, spec, needed) == batch
    assert estimate.fitting_batch(shape, spec, 2**20) == 0


def test_a_batch_that_does_not_fit_is_a_warning_with_one_that_does(
    config: Config, seen: dict[str, str]
) -> None:
    sizes = {"num_hidden_layers": 32, "hidden_size": 4096, "vocab_size": 128_000}
    folder = make_model(config.home / "model", **sizes)
    spec = {"baseModel": str(folder), "sourceMaxTokens": 8, "targetMaxTokens": 8}
    assert found(config, "memory", seen, spec).verdict == "ok"
    finding = found(config, "memory", seen, {**spec, "batchSize": 4096})
    assert finding.verdict == "warn" and "batchSize" in finding.text


def test_weights_that_do_not_fit_fail(config: Config, seen: dict[str, str]) -> None:
    folder = make_model(config.home / "model")
    with (folder / "huge.safetensors").open("wb") as file:
        file.truncate(2**42)  # a sparse file: 4 TB by its size, nothing on disk
    assert found(config, "memory", seen, {"baseModel": str(folder)}).verdict == "fail"


def test_the_deprecated_cache_variable_is_a_warning(
    config: Config, seen: dict[str, str], tmp_path: Path
) -> None:
    old = {**seen, "TRANSFORMERS_CACHE": str(tmp_path / "old")}
    assert found(config, "TRANSFORMERS_CACHE", old).command == "unset TRANSFORMERS_CACHE"
    del old["HF_HOME"]
    assert "HF_HUB_CACHE" in str(found(config, "TRANSFORMERS_CACHE", old).command)
    assert "TRANSFORMERS_CACHE" not in verdicts(config, seen)


def test_a_cache_that_can_be_no_folder_fails(
    config: Config, seen: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "hf").write_text("")
    finding = found(config, "model cache", seen)
    assert (finding.verdict, finding.command) == ("fail", "unset HF_HOME")


@pytest.mark.skipif(ROOT_IS_REFUSED_NOTHING, reason="root may read everything")
def test_a_cache_without_rights_fails(config: Config, seen: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "hf").mkdir(mode=0o500)
    assert found(config, "model cache", seen).verdict == "fail"


def test_a_machine_without_a_gpu_is_in_order(config: Config, seen: dict[str, str]) -> None:
    if shutil.which("nvidia-smi") or any(Path("/dev").glob("nvidia[0-9]*")):
        pytest.skip("this machine has a GPU")
    finding = found(config, "GPU", seen)
    assert finding.verdict == "ok" and "trains on the CPU" in finding.text


def test_a_gpu_whose_driver_does_not_answer_is_a_warning(
    config: Config, seen: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "nvidia-smi"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "NVIDIA-SMI has failed"\nexit 9\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    finding = found(config, "GPU", seen)
    assert finding.verdict == "warn" and "NVIDIA-SMI has failed" in finding.text


# --- at a shell and over HTTP --------------------------------------------------------------------


def at_a_shell(home: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lastwords", "doctor", "--home", str(home), *flags],
        capture_output=True,
        text=True,
        env=clean_environment(),
        timeout=60,
    )


def test_at_a_shell_each_check_is_a_line_and_a_failure_ends_with_1(home: Path) -> None:
    (home / "lastwords.toml").write_text('[defaults]\ndataFile = "data.jsonl"\n')
    done = at_a_shell(home)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) >= 10 and all(line.split()[0] in ("ok", "warn") for line in lines)
    (home / "data.jsonl").unlink()
    done = at_a_shell(home)
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("fail")]
    assert done.returncode == 1 and "does not exist" in line and f"run: ls -l {home}" in line


def test_at_a_shell_as_json(home: Path) -> None:
    (home / "lastwords.toml").write_text('[defaults]\ndbPath = "gone.db"\n')
    done = at_a_shell(home, "--json")
    found = json.loads(done.stdout)
    assert done.returncode == 1 and found["verdict"] == "fail"
    assert set(found["checks"][0]) == {"name", "verdict", "text", "command"}


def test_the_api_examines_the_defaults(client: FlaskClient) -> None:
    answer = client.get(f"{PREFIX}/doctor")
    assert answer.status_code == 200
    checks = {check["name"]: check for check in answer.json["checks"]}  # type: ignore[index]
    assert checks["data"]["verdict"] == "ok" and checks["data"]["command"] is None


def test_the_api_examines_a_spec_and_starts_nothing(client: FlaskClient) -> None:
    answer = client.post(f"{PREFIX}/doctor", json={"dbPath": "gone.db"})
    assert answer.status_code == 200 and answer.json["verdict"] == "fail"  # type: ignore[index]
    assert client.get(f"{PREFIX}/runs").json["runs"] == []  # type: ignore[index]


def test_the_api_refuses_a_spec_as_it_does_when_one_is_started(client: FlaskClient) -> None:
    for path in ("/doctor", "/runs"):
        answer = client.post(PREFIX + path, json={"dbPath": "/etc/passwd"})
        assert answer.status_code == 422 and answer.json["field"] == "dbPath"  # type: ignore[index]


def test_the_doctor_wants_a_login(anonymous: FlaskClient) -> None:
    assert anonymous.get(f"{PREFIX}/doctor").status_code == 401
