"""The tests pass wherever the checkout lies: blanks, other alphabets, a symbolic link, /var."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.faults.injection import runs
from tests.real import ROOT, clean_environment

# The start of the suite: settings, the table of imports, and commands that are really recorded.
_RUN = "tests/cli/test_run.py"
STARTS = [
    "tests/test_config.py",
    "tests/test_records.py",
    f"{_RUN}::test_run_ends_as_its_command_did_and_is_listed_so",
    f"{_RUN}::test_a_reader_that_goes_away_ends_the_echo_and_not_the_run",
]
COPIED = ("backend", "tests", "scripts", "docs", "pyproject.toml", "README.md", "CHANGELOG.md")
# The checkout itself can be written to, its parent by nobody, not even by root.
READ_ONLY = """
set -e
parent=$1; shift
mount --bind "$parent/checkout" "$parent/checkout"
mount --bind "$parent" "$parent" && mount -o remount,bind,ro "$parent"
mount --bind "$parent/checkout" "$parent/checkout" && mount -o remount,bind,rw "$parent/checkout"
cd "$parent/checkout"
if touch "$parent/x" 2>/dev/null; then exit 99; fi
exec "$@"
"""
LEFT_OUT = shutil.ignore_patterns("static", "failures")  # what is compiled goes with it


@pytest.fixture
def below_var() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="lastwords-", dir="/var/tmp") as place:
        yield Path(place)


def _checkout(place: Path) -> Path:
    place.mkdir(parents=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, place / name, ignore=LEFT_OUT, symlinks=True)
        else:
            shutil.copy(source, place / name)
    return place


def _passes(checkout: Path, *before: str) -> None:
    """The start of the suite, in a process of its own that knows no other checkout."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *STARTS]
    command = [*before, *command]
    environment = clean_environment(PYTHONPATH=str(checkout / "backend"), PWD=str(checkout))
    done = subprocess.run(
        command, cwd=checkout, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    where = [sys.executable, "-c", "import lastwords; print(lastwords.__file__)"]
    found = subprocess.run(where, cwd=checkout, env=environment, capture_output=True, text=True)
    assert os.path.realpath(found.stdout.strip()).startswith(os.path.realpath(checkout))


def test_it_passes_in_a_folder_with_blanks_and_other_alphabets(below_var: Path) -> None:
    _passes(_checkout(below_var / "my models" / "größe 数据 'x'"))


def test_it_passes_through_a_symbolic_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(_checkout(tmp_path / "real"), target_is_directory=True)
    _passes(tmp_path / "link")


@pytest.mark.skipif(not runs("unshare", "--mount", "true"), reason="no mounts can be made here")
def test_it_passes_below_a_parent_that_is_read_only(tmp_path: Path) -> None:
    """The checkout is a disk of its own below a folder in which nobody can write."""
    checkout = _checkout(tmp_path / "parent" / "checkout")
    _passes(checkout, "unshare", "--mount", "sh", "-c", READ_ONLY, "sh", str(tmp_path / "parent"))
