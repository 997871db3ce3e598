"""What the doctor advises is pasted into a shell, and mends what it found.

It runs without the rights of root over every file, so that the system refuses it what it would
refuse its user; sudo is a script that runs its arguments.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from tests.doctor.kit import make_database, make_model
from tests.real import clean_environment

EXAMINE_MEND_EXAMINE = """
import json, os, subprocess, sys
from pathlib import Path
from lastwords import doctor
from lastwords.config import Config

name, home, defaults = sys.argv[1], Path(sys.argv[2]), json.loads(sys.argv[3])

def finding():
    seen = {"PATH": os.environ["PATH"], "HF_HOME": str(home / "hf")}
    found = doctor.examine(Config(home=home, defaults=defaults), None, seen)
    return next(each for each in found if each.name == name)

before = finding()
subprocess.run(["bash", "-c", before.command], check=True, capture_output=True)
print(before.verdict, finding().verdict)
"""
WITHOUT_ROOTS_RIGHTS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")


def mended(home: Path, name: str, **defaults: str) -> str:
    """A check's verdict before and after its own command."""
    sudo = home.parent / "bin" / "sudo"
    sudo.parent.mkdir()
    sudo.write_text('#!/bin/sh\n"$@"\nexit 0\n')
    sudo.chmod(0o755)
    environment = clean_environment() | {"PATH": f"{sudo.parent}:{os.environ['PATH']}"}
    words = (sys.executable, "-c", EXAMINE_MEND_EXAMINE, name, str(home), json.dumps(defaults))
    as_root = () if os.geteuid() else WITHOUT_ROOTS_RIGHTS
    done = subprocess.run([*as_root, *words], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def own(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    return home


def test_a_home_without_rights(own: Path) -> None:
    own.chmod(0o500)
    assert mended(own, "home") == "fail ok"


def test_a_file_where_the_runs_belong(own: Path) -> None:
    (own / "runs").write_text("")
    assert mended(own, "home") == "fail ok"


def test_data_in_a_folder_that_lets_nobody_in(own: Path) -> None:
    (own / "sets").mkdir()
    (own / "sets" / "data.jsonl").write_text('{"instruction": "a", "response": "b"}\n')
    (own / "sets").chmod(0)
    assert mended(own, "data", dataFile="sets/data.jsonl") == "fail ok"


def test_a_database_in_a_folder_that_takes_no_journal(own: Path) -> None:
    (own / "sets").mkdir()
    path = make_database(own / "sets" / "ask.db", 3)
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
    (own / "sets").chmod(0o500)
    assert mended(own, "data", dbPath="sets/ask.db") == "fail ok"


def test_a_database_without_rights(own: Path) -> None:
    make_database(own / "ask.db", 3).chmod(0)
    assert mended(own, "data", dbPath="ask.db") == "fail ok"


def test_a_model_in_the_cache_whose_weights_may_not_be_read(own: Path) -> None:
    home = own / "hf" / "hub" / "models--acme--tiny"
    snapshot = make_model(home / "snapshots" / "abc")
    (snapshot / "model.safetensors").rename(home / "weights")
    (snapshot / "model.safetensors").symlink_to("../../weights")
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text("abc")
    (home / "weights").chmod(0)
    assert mended(own, "model", baseModel="acme/tiny") == "fail ok"


def test_a_cache_that_may_not_be_written(own: Path) -> None:
    (own / "hf").mkdir(mode=0o500)
    assert mended(own, "model cache") == "fail ok"
