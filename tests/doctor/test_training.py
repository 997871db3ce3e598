"""The doctor on homes, databases, data and settings; at a shell and over HTTP."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from tests.doctor.kit import Spec, found, make_database, make_model, no_rights_apply, verdicts
from tests.real import PREFIX, clean_environment

from lastwords import doctor
from lastwords.config import Config
from lastwords.records import InvalidSpec
from lastwords.store.runs import Store


@pytest.fixture
def seen(tmp_path: Path) -> dict[str, str]:
    """The environment of a machine with a model cache of its own, which is empty."""
    return {"PATH": os.environ["PATH"], "HF_HOME": str(tmp_path / "hf")}


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
    assert "no default data" in found(new, "settings", seen).text
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


@no_rights_apply
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
from lastwords.store.sqlite import sqlite3
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
        ask = "import sys; sys.argv[1:]; from lastwords.store.sqlite import sqlite3; " + (
            "c = sqlite3.connect(sys.argv[1], timeout=0); c.execute('BEGIN IMMEDIATE')"
        )
        other = subprocess.run(
            [sys.executable, "-c", ask, str(config.database)], capture_output=True, text=True
        )
    assert "locked" in finding.text and "database is locked" in other.stderr


def test_examinations_at_the_same_time_do_not_disturb_each_other(
    config: Config, store: Store, seen: dict[str, str]
) -> None:
    with ThreadPoolExecutor(4) as pool:
        found_at_once = list(pool.map(lambda _: verdicts(config, seen), range(12)))
    assert {found["home"] for found in found_at_once} == {"ok"}


@no_rights_apply
def test_data_without_rights_fails_and_tells_whose_it_is_to_be(
    config: Config, seen: dict[str, str]
) -> None:
    (config.home / "data.jsonl").chmod(0)
    finding = found(config, "data", seen)
    assert finding.verdict == "fail" and "Permission denied" in finding.text
    assert "sudo chown" in str(finding.command)


@no_rights_apply
def test_a_database_without_rights_fails(
    config: Config, store: Store, seen: dict[str, str]
) -> None:
    store.close()
    config.database.chmod(0o400)
    finding = found(config, "database", seen)
    assert finding.verdict == "fail" and "chmod u+rw" in str(finding.command)


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
    assert finding.verdict == "fail" and "epochs: must be between" in finding.text
    assert "lastwords.toml" in str(finding.command)


def test_defaults_outside_the_data_roots_are_a_finding(
    config: Config, seen: dict[str, str]
) -> None:
    finding = found(replace(config, defaults={"dbPath": "/etc/passwd"}), "settings", seen)
    assert finding.verdict == "fail" and "LASTWORDS_DATA_ROOTS" in finding.text


def test_a_spec_that_could_not_be_started_is_refused(config: Config, seen: dict[str, str]) -> None:
    with pytest.raises(InvalidSpec, match="epochs"):
        doctor.examine(config, {"epochs": 0}, seen)


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
    assert done.returncode == 1 and "does not exist" in line and f"run: ls -la {home}" in line


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
