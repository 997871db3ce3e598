"""Nothing is opened through a link, whichever way the kernel offers."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from lastwords.folders import safe_open
from lastwords.folders.runfolder import open_regular, remove_run
from lastwords.folders.safe_open import open_beneath

Open = Callable[[Path, tuple[str, ...]], int]


def by_walking(root: Path, parts: tuple[str, ...]) -> int:
    """As a kernel without openat2 has it."""
    folder = os.open(root, os.O_PATH | os.O_DIRECTORY)
    try:
        return safe_open.walk(folder, parts, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    finally:
        os.close(folder)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a file two folders down, and a secret beside it."""
    (tmp_path / "root" / "a" / "b").mkdir(parents=True)
    (tmp_path / "root" / "a" / "b" / "file").write_text("inside")
    (tmp_path / "secret").write_text("outside")
    return tmp_path / "root"


both = pytest.mark.parametrize("opened", [open_beneath, by_walking])


def _read(descriptor: int) -> bytes:
    with os.fdopen(descriptor, "rb") as file:
        return file.read()


@both
def test_what_lies_below_is_opened(opened: Open, root: Path) -> None:
    assert _read(opened(root, ("a", "b", "file"))) == b"inside"
    link = root.with_name("link")
    link.symlink_to(root)
    assert _read(opened(link, ("a", "b", "file"))) == b"inside"  # the admin's own link


@both
@pytest.mark.parametrize(
    "parts",
    [
        ("..", "secret"),
        ("a", "..", "..", "secret"),
        ("link",),
        ("folder", "secret"),
        ("a", "up", "secret"),
        ("proc", "environ"),
        ("fd", "0"),
    ],
)
def test_no_link_and_no_way_up_is_followed(
    opened: Open, root: Path, parts: tuple[str, ...]
) -> None:
    (root / "link").symlink_to(root.parent / "secret")
    (root / "folder").symlink_to(root.parent)
    (root / "a" / "up").symlink_to("../..")
    (root / "proc").symlink_to("/proc/self")
    (root / "fd").symlink_to("/proc/self/fd")
    with pytest.raises(OSError):
        opened(root, parts)


def test_no_exchange_of_a_folder_for_a_link_is_ever_followed(root: Path) -> None:
    """Between a check and the opening there is no time, since there is no check."""
    here, aside, link = root / "a", root / "aside", root / "link"
    link.symlink_to(root.parent)
    (root.parent / "b").mkdir()
    (root.parent / "b" / "file").write_text("outside")
    for _ in range(300):
        for opened in (open_beneath, by_walking):
            try:
                assert _read(opened(root, ("a", "b", "file"))) == b"inside"
            except OSError:
                pass
        if here.is_symlink():
            here.rename(link)
            aside.rename(here)
        else:
            here.rename(aside)
            link.rename(here)


RUN = "run_20260101_000000"


@pytest.fixture
def attempt(tmp_path: Path) -> Path:
    folder = tmp_path / "runs" / RUN / "1"
    folder.mkdir(parents=True)
    (folder / "output.log").write_bytes(b"said")
    return folder


def test_a_file_of_a_run_is_not_read_through_a_link_at_any_depth(
    attempt: Path, tmp_path: Path
) -> None:
    with open_regular(attempt / "output.log") as file:
        assert file.read() == b"said"
    moved = tmp_path / "elsewhere"
    attempt.rename(moved)
    attempt.symlink_to(moved)
    with pytest.raises(OSError):
        open_regular(attempt / "output.log")


def test_a_hard_link_is_refused_where_it_matters(attempt: Path, tmp_path: Path) -> None:
    os.link(attempt / "output.log", tmp_path / "second")
    with open_regular(attempt / "output.log") as file:
        assert file.read() == b"said"
    with pytest.raises(OSError, match="second name"):
        open_regular(attempt / "output.log", alone=True)


@pytest.mark.parametrize("kind", ["fifo", "folder", "device"])
def test_what_is_no_file_is_refused_at_once(attempt: Path, kind: str) -> None:
    path = attempt / "odd"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path = Path("/dev/zero")
    with pytest.raises(OSError):
        open_regular(path)


def test_removing_a_run_whose_folder_is_a_link_removes_the_link_alone(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.mkdir()
    (target / "file").write_text("stays")
    runs = tmp_path / "runs"
    runs.mkdir()
    (runs / RUN).symlink_to(target)
    remove_run(tmp_path, RUN)
    assert (target / "file").read_text() == "stays" and list(runs.iterdir()) == []


def test_removing_a_run_does_not_follow_links_in_it(attempt: Path, tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.mkdir()
    (target / "file").write_text("stays")
    (attempt / "link").symlink_to(target)
    remove_run(tmp_path, RUN)
    assert (target / "file").read_text() == "stays" and not attempt.exists()
