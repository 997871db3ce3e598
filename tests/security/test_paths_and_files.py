"""No text of a request becomes a path, and nothing in a run folder leads out of it."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import TOKEN
from tests.real import PREFIX, Server, clean_environment
from tests.security.conftest import Target

VIEWS = ("", "/log", "/error", "/log/lines", "/log/meta", "/diagnosis", "/report.md", "/metrics")


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "..%2f..%2fetc%2fpasswd",
        "%252e%252e%252fetc",
        "..\\..\\etc",
        "..%5c..%5cetc",
        ";/../etc",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "file:///etc/passwd",
        "dbfs:/etc",
        "C:%5c",
        "run_20260101_000000%00.txt",
        "a" * 4096,
        ".",
        "..",
        "%2e",
        "run_20260101_000000.",
        "run_20260101_000000%20",
        "%e2%80%a4%e2%80%a4%ef%bc%8fetc",
        "run_20260101_000000%0a",
        "RUN_20260101_000000",
        "run_2026010१_000000".encode().hex(),
        "%ff%fe",
        "%",
        "*",
        "latest",
        "run_",
    ],
)
def test_s21_no_name_opens_anything(target: Target, name: str) -> None:
    for view in VIEWS:
        for method in ("GET", "DELETE") if not view else ("GET",):
            path = f"{PREFIX}/runs/{urllib.parse.quote(name, safe='%/;:*')}{view}"
            answer = target.server.ask(method, path)
            assert answer.status in (400, 404, 405, 422), (path, answer.status)
            assert b"root:" not in answer.body and str(target.home).encode() not in answer.body
            assert answer.headers["Content-Type"] == "application/problem+json"
    assert target.server.run(target.run_id)["status"] == "failed"


@pytest.mark.parametrize(
    "path",
    [
        "/..%2f..%2fetc/passwd",
        "/assets/..%2f..%2fapp.py",
        "/%2e%2e/x",
        "/assets/%00",
        "//etc/passwd",
        "/\\etc",
        "/" + "a/" * 3000,
    ],
)
def test_s21_the_pages_files_lead_nowhere_else(target: Target, path: str) -> None:
    answer = target.server.ask("GET", path, login=False)
    assert answer.status in (200, 308, 400, 404, 503)
    assert b"root:" not in answer.body and b"create_app" not in answer.body


@contextmanager
def exchanged(path: Path) -> Iterator[Path]:
    """A file or folder put aside for another thing, and back."""
    aside = path.with_name(f".{path.name}.aside")
    path.rename(aside)
    try:
        yield path
    finally:
        if path.is_symlink() or not path.is_dir():
            path.unlink(missing_ok=True)
        aside.rename(path)


def _leaks(target: Target) -> list[str]:
    """Views that answer with what lies outside, or with an error of the server."""
    found = []
    for view in (*VIEWS, "/log?download=1"):
        answer = target.server.get(f"/runs/{target.run_id}{view}")
        if b"OUTSIDE" in answer.body or b"root:" in answer.body or answer.status >= 500:
            found.append(f"{view} {answer.status} {answer.body[:300]!r}")
    return found


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder as a run folder would be, beside the home, with what must not be read."""
    for name in ("output.log", "events.jsonl", "result.json", "spec.json", "lines", "timeline"):
        (tmp_path / name).write_text('{"OUTSIDE": "root:x:0"}\n')
    return tmp_path


@pytest.mark.parametrize(
    "name", ["output.log", "events.jsonl", "result.json", "spec.json", "lines", "timeline"]
)
def test_s22_a_link_in_a_run_folder_is_not_followed(
    target: Target, outside: Path, name: str
) -> None:
    path = target.folder / name
    if not path.exists():
        path.touch(0o600)
    with exchanged(path):
        path.symlink_to(outside / name)
        assert _leaks(target) == []
    with exchanged(path):
        path.symlink_to("/proc/self/environ")
        assert _leaks(target) == []


def test_s22_a_linked_folder_is_not_followed(target: Target, outside: Path) -> None:
    with exchanged(target.folder):
        target.folder.symlink_to(outside)
        assert _leaks(target) == []
    (outside / "1").mkdir()
    for name in ("output.log", "result.json", "spec.json"):
        (outside / "1" / name).write_text('{"OUTSIDE": 1}\n')
    with exchanged(target.folder.parent):
        target.folder.parent.symlink_to(outside)
        assert _leaks(target) == []


def test_s22_a_hard_link_is_no_log(target: Target, outside: Path) -> None:
    with exchanged(target.folder / "output.log") as path:
        secret = target.home / "a-secret"
        secret.write_text("OUTSIDE\n")
        os.link(secret, path)
        answer = target.server.get(f"/runs/{target.run_id}/log")
        assert (answer.status, answer.json["type"]) == (409, "/problems/log-unreadable")
        assert _leaks(target) == []
        secret.unlink()


def test_s22_a_hard_link_that_comes_and_goes_is_no_log(target: Target) -> None:
    """Gone between the opening and the look at it, it leaves a file that has one name: its own."""
    secret, over = target.home / "a-secret", threading.Event()
    secret.write_text("OUTSIDE\n")

    def flicker(path: Path) -> None:
        while not over.is_set():
            os.link(secret, path)
            path.unlink()

    with exchanged(target.folder / "output.log") as path:
        flickering = threading.Thread(target=flicker, args=(path,))
        flickering.start()
        told = [target.server.get(f"/runs/{target.run_id}/log").body for _ in range(150)]
        over.set()
        flickering.join()
    secret.unlink()
    assert not [body for body in told if b"OUTSIDE" in body]


@pytest.mark.parametrize("kind", ["fifo", "folder", "socket", "device"])
def test_s23_what_is_no_file_is_refused_at_once(target: Target, kind: str) -> None:
    import socket

    with exchanged(target.folder / "output.log") as path:
        if kind == "fifo":
            os.mkfifo(path)
        elif kind == "folder":
            path.mkdir()
        elif kind == "socket":
            held = os.open(target.folder, os.O_RDONLY)
            with socket.socket(socket.AF_UNIX) as listener:  # by a short name: 108 bytes fit
                listener.bind(f"/proc/self/fd/{held}/output.log")
            os.close(held)
        else:
            try:
                os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 5))
            except PermissionError:
                pytest.skip("only root makes devices")
        assert target.server.get(f"/runs/{target.run_id}/log").status == 409
        assert _leaks(target) == []
        if kind == "folder":
            path.rmdir()


ODD: dict[str, Callable[[Path], Any]] = {
    "a link": lambda path: path.symlink_to("/etc/passwd"),
    "a pipe": os.mkfifo,
    "bytes": lambda path: path.write_bytes(b"\xff{[\n" * 16),
    "odd JSON": lambda path: path.write_bytes(b'{"time": 1e999, "notice": {}, "step": []}\n' * 3),
    "deep JSON": lambda path: path.write_bytes(b"[" * 200_000 + b"\n"),
}


@pytest.mark.parametrize("odd", ODD)
def test_no_file_that_a_run_can_write_makes_an_error_of_the_server(
    target: Target, odd: str
) -> None:
    names = "child.json events.jsonl lines notices.jsonl result.json samples.jsonl spec.json"
    for name in [*names.split(), "stop.json", "timeline", "recorder.log"]:
        path = target.folder / name
        if not path.exists():
            path.touch(0o600)
        with exchanged(path):
            ODD[odd](path)
            assert _leaks(target) == [], name
            assert target.server.get("/runs").status == 200, name


def test_s22_deleting_a_run_that_became_a_link_deletes_the_link_alone(
    target: Target, outside: Path
) -> None:
    run_id = target.server.train("exits-0")
    target.server.ended(run_id)
    folder = target.home / "runs" / run_id
    folder.rename(outside / "moved")
    folder.symlink_to(outside / "moved")
    assert target.server.ask("DELETE", f"{PREFIX}/runs/{run_id}").status == 204
    assert (outside / "moved" / "1" / "spec.json").exists() and not folder.is_symlink()


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=40),
        st.builds("bytes={}-{}".format, st.integers(-9, 10**30), st.integers(-9, 10**30)),
        st.lists(
            st.builds("{}-{}".format, st.integers(0, 99), st.integers(0, 99)), max_size=40
        ).map(lambda parts: "bytes=" + ",".join(parts)),
    )
)
def test_a_range_gives_its_bytes_or_the_whole_or_416(target: Target, asked: str) -> None:
    whole = (target.folder / "output.log").read_bytes()
    answer = target.server.get(f"/runs/{target.run_id}/log", {"Range": asked.strip()})
    assert answer.status in (200, 206, 416), (asked, answer.status)
    if answer.status == 200:
        assert answer.body == whole
    if answer.status == 206:
        span = (answer.headers["Content-Range"] or "").removeprefix("bytes ").partition("/")[0]
        start, _, end = span.partition("-")
        assert answer.body == whole[int(start) : int(end) + 1]


def test_every_file_of_a_home_is_its_owners_alone(target: Target) -> None:
    target.server.get("/groups")
    subprocess.run(
        [sys.executable, "-m", "lastwords", "run", "--home", str(target.home), "--", "true"],
        check=True, env=clean_environment(), umask=0o022,
    )  # fmt: skip
    for path in [target.home, *target.home.rglob("*")]:
        ours = path.name not in ("data.jsonl", "lastwords.toml")  # the test's own
        if ours and not path.is_symlink():
            assert path.stat().st_mode & 0o077 == 0, (path, oct(path.stat().st_mode))


def test_a_home_that_others_can_read_is_refused_with_the_remedy(home: Path) -> None:
    from tests.server.test_server import serve

    for mode in (0o755, 0o750, 0o701):
        home.chmod(mode)
        done = serve(home, "--port", "0", LASTWORDS_TOKEN=TOKEN)
        assert done.returncode == 1 and b"chmod 700" in done.stderr and done.stdout == b""


@pytest.mark.parametrize(
    "settings",
    [
        {"LASTWORDS_TOKEN": "changemechangeme"},
        {"LASTWORDS_TOKEN": "   "},
        {"LASTWORDS_PASSWORD_HASH": "hunter2"},
        {"LASTWORDS_TOKEN": TOKEN, "FLASK_DEBUG": "1"},
        {"LASTWORDS_DEV_ORIGINS": "*"},
        {"LASTWORDS_DEV_ORIGINS": "http://localhost:51[0-9]+"},
    ],
)
def test_s14_s16_a_server_that_is_not_safe_does_not_start(
    home: Path, settings: dict[str, str]
) -> None:
    from tests.server.test_server import serve

    done = serve(home, "--port", "0", **settings)
    assert done.returncode == 1 and done.stdout == b"" and len(done.stderr.splitlines()) == 1
    assert settings.get("LASTWORDS_PASSWORD_HASH", "no such text").encode() not in done.stderr


def test_a_readable_token_file_is_refused_and_the_remedy_helps(home: Path) -> None:
    from tests.server.test_server import serve

    (home / "token").write_text("b0ce5c8d4e1f47a2b0ce5c8d\n")
    (home / "token").chmod(0o644)
    assert b"chmod 600" in serve(home, "--port", "0").stderr
    (home / "token").chmod(0o600)
    server = Server(home).start()
    assert server.token == "b0ce5c8d4e1f47a2b0ce5c8d"
    server.end()
