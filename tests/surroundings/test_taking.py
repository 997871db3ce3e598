"""What is kept of a run's surroundings, taken of real runs in real repositories."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from tests.real import clean_environment, new_attempt, result_of, until
from tests.surroundings.kit import begun, environment, git, repository, taken

from lastwords.folders.attempt import read_fact, write_once
from lastwords.recording import notices, recorder
from lastwords.surroundings.taking import take


def test_the_commit_the_branch_and_what_is_not_committed_are_kept(
    home: Path, tmp_path: Path
) -> None:
    top = repository(tmp_path / "project", train_py="x = 1\n", gitignore="*.ckpt\n")
    (top / ".gitignore").write_text("*.ckpt\n")
    (top / "train.py").write_text("x = 2\n")
    (top / "notes.txt").write_text("n")
    (top / "secret.ckpt").write_text("s")
    attempt = begun(home, top, "true")
    code = taken(attempt)["code"]
    assert code["commit"] == git(top, "rev-parse", "HEAD").strip()
    assert code["branch"] == "main" and code["git"] and not code["changedMeanwhile"]
    assert set(code["untracked"]) == {"notes.txt", ".gitignore"}
    assert b"-x = 1\n+x = 2\n" in attempt.changes.read_bytes()


def test_what_is_taken_anew_while_it_runs_is_not_put_back(home: Path, tmp_path: Path) -> None:
    """The recorder restores what a run deletes; this is replaced, step by step."""
    attempt = begun(home, repository(tmp_path / "project"), "sleep", "3.5")
    taken(attempt)
    for number in range(3):
        time.sleep(0.7)  # in which the recorder looks
        new = attempt.path / "new"
        new.write_text(json.dumps({"number": number}))
        new.rename(attempt.environment)
    result_of(attempt)
    assert read_fact(attempt.environment) == {"number": 2}
    assert not [told for told in notices.told(attempt) if told["notice"] == "facts_restored"]


def test_ignored_names_are_kept_by_no_rule_of_the_user_either(home: Path, tmp_path: Path) -> None:
    top = repository(tmp_path / "project", train_py="x = 1\n")
    (tmp_path / "user/git").mkdir(parents=True)
    (tmp_path / "user/git/ignore").write_text("*.private\n")
    (top / "a.private").write_text("")
    (top / "b.public").write_text("")
    attempt = begun(home, top, "true", XDG_CONFIG_HOME=str(tmp_path / "user"))
    assert set(taken(attempt)["code"]["untracked"]) == {"b.public"}


def test_the_packages_are_those_of_the_childs_own_python(home: Path, tmp_path: Path) -> None:
    python = environment(tmp_path / "venv", torch="2.4.0+cu121", Flash_Attn="2.6.3")
    told = taken(begun(home, tmp_path, str(python), "-c", "pass"))["python"]
    assert told["executable"] == str(python)
    assert told["packages"] == {"torch": "2.4.0+cu121", "flash-attn": "2.6.3"}
    assert told["version"].startswith("3.11")


@pytest.mark.parametrize(
    "command",
    [
        ["env", "A=1", "nohup", "{bin}/python", "train.py"],
        ["{bin}/tool", "--flag"],
        ["{bin}/long-tool"],
        ["sh", "-c", "cd . && exec {bin}/python train.py"],
        ["bash", "run.sh"],
        ["timeout", "60", "python", "train.py"],
    ],
)
def test_the_python_is_found_behind_wrappers_scripts_and_shebangs(
    home: Path, tmp_path: Path, command: list[str]
) -> None:
    bin_ = environment(tmp_path / "venv", here="1.0").parent
    (bin_ / "tool").write_text(f"#!{bin_}/python\nprint()\n")
    (bin_ / "long-tool").write_text(f"#!/bin/sh\n'''exec' {bin_}/python \"$0\" \"$@\"\n' '''\n")
    for name in ("tool", "long-tool"):
        (bin_ / name).chmod(0o755)
    (tmp_path / "run.sh").write_text(
        f"set -e\nsource {bin_.parent}/bin/activate\npython train.py\n"
    )
    words = [word.format(bin=bin_) for word in command]
    path = f"{bin_}:{os.environ['PATH']}"
    assert taken(begun(home, tmp_path, *words, PATH=path))["python"]["packages"] == {"here": "1.0"}


def test_a_command_without_python_has_none(home: Path, tmp_path: Path) -> None:
    assert taken(begun(home, tmp_path, "true"))["python"] is None


def test_nothing_that_a_command_names_is_run_to_find_its_python(home: Path, tmp_path: Path) -> None:
    shim = tmp_path / "python3.11"
    shim.write_text(f"#!/bin/sh\ntouch {tmp_path}/run-$$\n")
    shim.chmod(0o755)
    attempt = begun(home, tmp_path, str(shim), "train.py")
    assert taken(attempt)["python"] is None
    result_of(attempt)
    assert len(list(tmp_path.glob("run-*"))) == 1  # by the run itself


def test_variables_are_kept_by_name_and_fingerprint_and_never_by_value(
    home: Path, tmp_path: Path
) -> None:
    secret = "hf_" + "a1B2" * 8
    one = taken(begun(home, tmp_path, "true", HF_TOKEN=secret, PIN="1234"))
    two = taken(begun(home, tmp_path, "true", HF_TOKEN=secret, PIN="1235"))
    names = [fact["variables"]["names"] for fact in (one, two)]
    assert names[0]["HF_TOKEN"] == names[1]["HF_TOKEN"] and names[0]["PIN"] != names[1]["PIN"]
    assert secret not in str(one) and "1234" not in str(names[0]["PIN"])
    guess = hashlib.sha256(b"PIN\x001234").hexdigest()
    assert not guess.startswith(names[0]["PIN"])


def test_two_homes_have_different_fingerprints_of_one_value(tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        attempt = begun(tmp_path / name, tmp_path, "true", PIN="1234")
        found.append(taken(attempt)["variables"])
    assert found[0]["key"] != found[1]["key"]
    assert found[0]["names"]["PIN"] != found[1]["names"]["PIN"]


def test_data_files_have_a_checksum_and_their_rows(home: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"a": 1}\n{"a": 2}')
    (tmp_path / "b.csv").write_text("x,y\n1,2\n3,4\n5,6\n")
    with closing(sqlite3.connect(tmp_path / "c.db")) as base:
        base.execute("CREATE TABLE t (x)")
        base.executemany("INSERT INTO t VALUES (?)", [(n,) for n in range(7)])
        base.commit()
    data = taken(begun(home, tmp_path, "true", "a.jsonl", "--eval=b.csv", "c.db", "gone.csv"))[
        "data"
    ]
    assert [Path(item["path"]).name for item in data] == ["a.jsonl", "b.csv", "c.db"]
    assert [item["rows"] for item in data] == [2, 3, 7]
    assert data[0]["sha256"] == hashlib.sha256((tmp_path / "a.jsonl").read_bytes()).hexdigest()
    assert {path.name for path in tmp_path.glob("c.db*")} == {"c.db"}  # no -wal, no -shm


def test_outside_of_git_the_script_itself_is_kept(home: Path, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("import model\n")
    (tmp_path / "model.py").write_text("x = 1\n")
    attempt = begun(home, tmp_path, sys.executable, "train.py")
    code = taken(attempt)["code"]
    assert not code["git"] and code["texts"] == ["train.py", "model.py"]
    assert b"+import model\n" in attempt.changes.read_bytes()


def test_a_fifty_megabyte_diff_is_kept_whole(home: Path, tmp_path: Path) -> None:
    top = repository(tmp_path / "project", big_txt="")
    line = "0123456789" * 10 + "\n"
    (top / "big.txt").write_text(line * 500_000)
    attempt = begun(home, top, "true")
    assert taken(attempt)["missing"] == []
    assert 50_000_000 < attempt.changes.stat().st_size < 52_000_000


def test_a_larger_diff_is_said_to_be_missing(home: Path, tmp_path: Path) -> None:
    top = repository(tmp_path / "project", a_txt="", b_txt="")
    for name in ("a.txt", "b.txt"):
        (top / name).write_text(("x" * 99 + "\n") * 400_000)
    attempt = begun(home, top, "true")
    fact = taken(attempt)
    assert fact["missing"] == ["the uncommitted changes: it is too large to be kept"]
    assert fact["code"]["commit"] and attempt.changes.stat().st_size <= 64 << 20


def test_a_repository_that_changes_meanwhile_is_told_in_one_state_or_said_to_change(
    home: Path, tmp_path: Path
) -> None:
    top = repository(tmp_path / "project", train_py="x = 0\n")
    ended = threading.Event()

    def keep_committing() -> None:
        number = 0
        while not ended.is_set():
            number += 1
            (top / "train.py").write_text(f"x = {number}\n")
            git(top, "commit", "-qam", str(number))

    thread = threading.Thread(target=keep_committing)
    thread.start()
    try:
        attempts = [begun(home, top, "true") for _ in range(4)]
        facts = [taken(attempt) for attempt in attempts]
    finally:
        ended.set()
        thread.join()
    for attempt, fact in zip(attempts, facts, strict=True):
        code = fact["code"]
        if code["changedMeanwhile"] or fact["missing"]:
            continue
        committed = git(top, "show", f"{code['commit']}:train.py").strip()
        diff = attempt.changes.read_text()
        assert not diff or f"-{committed}\n" in diff


def test_names_of_any_kind_are_kept(home: Path, tmp_path: Path) -> None:
    names = ['quo"te.py', "new\nline.py", "ümlaut.py", "-rf", "tab\there.py", "$(id).py"]
    top = repository(tmp_path / "project", a_py="1\n")
    for name in names:
        (top / name).write_text("1\n")
    (top / os.fsdecode(b"by\xffte.py")).write_text("1\n")
    found = taken(begun(home, top, "true"))["code"]["untracked"]
    assert set(found) == {*names, "by\\xffte.py"}


def test_a_folder_that_is_deleted_meanwhile_is_not_made_again(home: Path, tmp_path: Path) -> None:
    attempt = new_attempt(home, ["true"], cwd=str(tmp_path))
    attempt.path.rename(tmp_path / "away")
    with pytest.raises((OSError, KeyError)):
        take(attempt, {})
    assert not attempt.path.exists()


def test_what_masks_a_runs_secrets_stays_in_the_file(home: Path, tmp_path: Path) -> None:
    attempt = new_attempt(home, ["true"], cwd=str(tmp_path))
    secrets = [{"length": 3, "digest": "x"}]
    write_once(attempt.environment, {"secrets": secrets})
    recorder.start(attempt, clean_environment(), subprocess.DEVNULL)
    assert taken(attempt)["secrets"] == secrets


def test_files_are_for_their_owner_alone(home: Path, tmp_path: Path) -> None:
    attempt = begun(home, repository(tmp_path / "project", a_py="1\n"), "true")
    taken(attempt)
    for path in (attempt.environment, attempt.changes):
        assert path.stat().st_mode & 0o777 == 0o600
    assert not list(attempt.path.glob(".*.new"))


def test_a_run_that_cannot_be_started_has_its_surroundings_too(home: Path, tmp_path: Path) -> None:
    attempt = begun(home, tmp_path, "/no/such/program")
    assert taken(attempt)["machine"]["kernel"].startswith("Linux")


def test_taking_is_no_part_of_the_run(home: Path, tmp_path: Path) -> None:
    """Not stopped with it, not waited for, and not found among what it left behind."""
    attempt = begun(home, repository(tmp_path / "project", a_py="1\n"), "true")
    result = result_of(attempt)
    assert result["orphansKilled"] == 0 and result["orphansReaped"] == 0
    until(lambda: taken(attempt))
    assert recorder.strays(attempt) == []
