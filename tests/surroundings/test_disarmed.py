"""A hostile repository: nothing in it is run, and nothing of it is written."""

from __future__ import annotations

import hashlib
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from tests.surroundings.kit import begun, git, repository, taken


def _armed(tmp_path: Path) -> tuple[Path, Path]:
    """A repository that runs a program wherever git would run one of its own accord."""
    told = tmp_path / "it-ran"
    top = repository(tmp_path / "project", train_py="x = 1\n", data_txt="a\n")
    script = top / "evil.sh"
    script.write_text(f"#!/bin/sh\necho $0 >> {told}\ncat\n")
    script.chmod(0o755)
    settings = {
        "core.fsmonitor": str(script),
        "core.hooksPath": str(top / "hooks"),
        "core.pager": str(script),
        "core.sshCommand": str(script),
        "core.editor": str(script),
        "diff.external": str(script),
        "diff.evil.textconv": str(script),
        "diff.evil.command": str(script),
        "filter.evil.clean": str(script),
        "filter.evil.smudge": str(script),
        "filter.evil.process": str(script),
        "filter.evil.required": "true",
        "credential.helper": f"!{script}",
        "alias.diff": f"!{script}",
        "alias.ls-files": f"!{script}",
        "core.attributesFile": str(top / "attributes"),
    }
    for name, value in settings.items():
        git(top, "config", name, value)
    (top / ".gitattributes").write_text("* diff=evil filter=evil\n")
    (top / "attributes").write_text("* diff=evil filter=evil\n")
    (top / ".git/info/attributes").write_text("* diff=evil filter=evil\n")
    for folder in (top / "hooks", top / ".git/hooks"):
        folder.mkdir(exist_ok=True)
        for hook in ("post-index-change", "pre-commit", "fsmonitor-watchman", "post-checkout"):
            (folder / hook).write_text(script.read_text())
            (folder / hook).chmod(0o755)
    (top / "git").write_text(script.read_text())
    (top / "git").chmod(0o755)
    (top / "train.py").write_text("x = 2\n")
    told.unlink(missing_ok=True)
    return top, told


def test_nothing_of_a_hostile_repository_is_run(home: Path, tmp_path: Path) -> None:
    top, told = _armed(tmp_path)
    attempt = begun(
        home, top, "true", PATH=".:/usr/bin:/bin", GIT_EXTERNAL_DIFF=str(top / "evil.sh")
    )
    fact = taken(attempt)
    assert b"+x = 2\n" in attempt.changes.read_bytes() and fact["missing"] == []
    assert not told.exists()
    with suppress(subprocess.CalledProcessError):  # it takes our script's answers ill
        git(top, "status")
    assert told.exists()  # as git does by itself: the trap works


def _state(top: Path) -> dict[str, tuple[str, int]]:
    return {
        str(path): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in top.rglob("*")
        if path.is_file()
    }


def test_nothing_is_written_into_the_users_repository(home: Path, tmp_path: Path) -> None:
    top = repository(tmp_path / "project", train_py="x = 1\n")
    (top / "train.py").touch()  # so that git would refresh its index
    before = _state(top)
    taken(begun(home, top, "true"))
    assert _state(top) == before


def test_a_repository_of_somebody_elses_settings_is_read_all_the_same(
    home: Path, tmp_path: Path
) -> None:
    top = repository(tmp_path / "project", train_py="x = 1\n")
    (top / ".git/config").write_text("[core\nthis is no configuration")
    (top / "train.py").write_text("x = 2\n")
    attempt = begun(home, top, "true")
    assert taken(attempt)["code"]["commit"]
    assert b"+x = 2" in attempt.changes.read_bytes()


@pytest.mark.parametrize("kind", ["worktree", "packed", "detached", "crlf"])
def test_repositories_of_every_kind_tell_what_is_not_committed(
    home: Path, tmp_path: Path, kind: str
) -> None:
    top = repository(tmp_path / "project", train_py="x = 1\n")
    commit = git(top, "rev-parse", "HEAD").strip()
    if kind == "worktree":
        git(top, "worktree", "add", "-q", str(tmp_path / "second"))
        top = tmp_path / "second"
    elif kind == "packed":
        git(top, "pack-refs", "--all")
    elif kind == "detached":
        git(top, "checkout", "-q", "--detach")
    else:
        git(top, "config", "core.autocrlf", "true")
        (top / "train.py").write_bytes(b"x = 1\r\n")
    unchanged = begun(home, top, "true")
    assert taken(unchanged)["code"]["commit"] == commit
    assert unchanged.changes.read_bytes() == b""
    (top / "train.py").write_text("x = 2\n")
    changed = begun(home, top, "true")
    taken(changed)
    assert b"+x = 2" in changed.changes.read_bytes()


def test_a_repository_without_a_commit_says_so(home: Path, tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    git(tmp_path / "project", "init", "-q")
    fact = taken(begun(home, tmp_path / "project", "true"))
    assert fact["missing"] == ["the tracked files: nothing is committed yet"]


def test_an_injected_name_of_a_commit_is_no_option(home: Path, tmp_path: Path) -> None:
    top = repository(tmp_path / "project", train_py="x = 1\n")
    (top / ".git/HEAD").write_text(f"--output={tmp_path}/written\n")
    assert taken(begun(home, top, "true"))["code"]["commit"] is None
    assert not (tmp_path / "written").exists()
