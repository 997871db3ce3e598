"""A real server, a real browser, and a host name that is no secure context."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright
from tests.real import kill_what_is_left, until
from tests.surroundings.kit import taken

from lastwords.basics import LastwordsError
from lastwords.cli.clients import RemoteClient
from lastwords.folders.runfolder import attempt_folder

ROOT = Path(__file__).parent.parent
LASTWORDS = Path(sys.executable).parent / "lastwords"
HOST = "adminbox"
PASSWORD = "open, sesame"
PICTURES = Path(os.environ.get("LASTWORDS_SCREENSHOTS", ROOT / "test-results" / "screenshots"))
LAUNCH = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--host-resolver-rules=MAP {HOST} 127.0.0.1,MAP * ~NOTFOUND,"
    "EXCLUDE 127.0.0.1,EXCLUDE localhost",
]
WIDE = {"width": 1360, "height": 900}
# Where Chromium says on the console what is no fault of the page.
HARMLESS = ("Failed to load resource", "net::ERR_", "Cross-Origin-Opener-Policy header")

OpenPage = Callable[..., Page]  # a logged-in page of a server, at a path

expect.set_options(timeout=60_000)


@dataclass
class Server:
    """A server process of one home, whose trainer is the child that ends in a chosen way."""

    home: Path
    trainer: str | None
    process: subprocess.Popen[str] | None = None
    port: int = 0
    token: str = ""
    lines: list[str] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)

    def start(self) -> None:
        environment = {**os.environ, "LASTWORDS_ALLOWED_HOSTS": HOST, **self.settings}
        if self.trainer:
            environment["LASTWORDS_TRAINER_COMMAND"] = self.trainer
        environment["LASTWORDS_DATA_ROOTS"] = str(self.home)
        with (self.home.parent / "server.log").open("a") as errors:
            self.process = subprocess.Popen(
                [LASTWORDS, "serve", "--home", self.home, "--port", str(self.port)],
                stdout=subprocess.PIPE,
                stderr=errors,
                env=environment,
                text=True,
            )
        assert self.process.stdout is not None
        found = re.search(r":(\d+)/\?token=(\S+)", self.process.stdout.readline())
        assert found, (self.home.parent / "server.log").read_text()
        self.port, self.token = int(found[1]), found[2]

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait(60)
        assert self.process.stdout is not None
        self.process.stdout.close()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def api(self) -> RemoteClient:
        return RemoteClient(f"http://127.0.0.1:{self.port}", self.token)

    def request(self, method: str, path: str, body: dict[str, Any] | None = None) -> bytes:
        """An API request with the token, outside of the browser."""
        import json
        import urllib.request

        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/training{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.token}",
                "Host": f"{HOST}:{self.port}",
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            data: bytes = response.read()
            return data

    def run(self, mode: str, **spec: Any) -> str:
        """Start a run that ends in a chosen way; its id."""
        import json

        body = {"baseModel": mode, "dbPath": "ask_ai.db", **spec}
        return str(json.loads(self.request("POST", "/runs", body))["id"])

    def record(self, script: str, *arguments: str) -> str:
        """Record a Python script to its end by `lastwords run`; the run's id."""
        import json

        done = subprocess.run(
            self._recorded("--json", script, *arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            timeout=300,
        )
        return str(json.loads(done.stdout)["id"])

    @contextmanager
    def recording(self, script: str, *arguments: str) -> Iterator[str]:
        """Record a Python script that goes on until it is left; the run's id."""
        known = {run["id"] for run in self.api.list(200, "", "")}
        process = subprocess.Popen(self._recorded("--quiet", script, *arguments))
        try:
            yield until(lambda: {run["id"] for run in self.api.list(200, "", "")} - known).pop()
        finally:
            process.terminate()
            process.wait(30)

    def _recorded(self, option: str, script: str, *arguments: str) -> list[str]:
        command = [str(LASTWORDS), "run", "--home", str(self.home), option, "--"]
        return [*command, sys.executable, "-c", script, *arguments]

    def is_taken(self, run_id: str) -> None:
        """Wait until all is kept that a run was started in: its report tells of it."""
        taken(attempt_folder(self.home, run_id, 1))

    def log_of(self, run_id: str) -> Path:
        return self.home / "runs" / run_id / "1" / "output.log"

    def log_says(self, run_id: str, words: bytes) -> None:
        """Wait until a run's log holds these words."""
        log = self.log_of(run_id)
        until(lambda: log.exists() and words in log.read_bytes())

    def wait(self, run_id: str, *statuses: str, seconds: float = 60) -> dict[str, Any]:
        """Wait until a run has one of these statuses (a final one, if none are named)."""
        wanted = statuses or ("completed", "failed", "cancelled", "lost")
        return until(lambda: (run := self.api.show(run_id))["status"] in wanted and run, seconds)

    def finished(self, mode: str, **spec: Any) -> str:
        run_id = self.run(mode, **spec)
        self.wait(run_id)
        return run_id


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = os.environ.get("LASTWORDS_CHROMIUM") or shutil.which("chromium")
    if path is None:
        pytest.fail("Chromium is missing: npm run e2e installs it where it can")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=path, chromium_sandbox=os.getuid() != 0, args=LAUNCH
        )
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that most tests share."""
    made = _server(tmp_path_factory.mktemp("shared"))
    made.start()
    yield made
    made.end()


@pytest.fixture(scope="session")
def ten_megabytes(server: Server) -> str:
    """A run whose error is as large."""
    return server.finished("raises-10mb")


@pytest.fixture(scope="session")
def set_up_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A shared server as an admin sets one up: with a password, and a repository for issues."""
    from argon2 import PasswordHasher

    made = _server(
        tmp_path_factory.mktemp("set-up"),
        LASTWORDS_PASSWORD_HASH=PasswordHasher().hash(PASSWORD),
        LASTWORDS_REPOSITORY="https://github.com/acme/training",
    )
    made.start()
    yield made
    made.end()


@pytest.fixture(autouse=True)
def nothing_left_running(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test left running on a shared server ends with it, so that the next need not wait."""
    shared = {"server", "set_up_server"} & set(request.fixturenames)
    servers: list[Server] = [request.getfixturevalue(name) for name in shared]
    yield
    for server in servers:
        for run in server.api.list(200, "queued,running", ""):
            with suppress(LastwordsError):  # it may have ended meanwhile
                server.api.cancel(run["id"])
            server.wait(run["id"])


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """A server for one test, with a home of its own."""
    made = _server(tmp_path)
    made.start()
    yield made
    if made.process and made.process.poll() is None:
        made.end()
    kill_what_is_left(made.home)


def _server(folder: Path, **settings: str) -> Server:
    home = folder / "home"
    home.mkdir(mode=0o700)
    return Server(home, f"{sys.executable} {ROOT / 'tests' / 'child.py'}", settings=settings)


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Opens a logged-in page of a server; errors on its console fail the test."""
    contexts: list[BrowserContext] = []
    said: list[str] = []

    def open_(server: Server, path: str = "/", **options: Any) -> Page:
        context = browser.new_context(**{"viewport": WIDE, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on(
            "console",
            lambda message: said.append(message.text) if message.type == "error" else None,
        )
        page.goto(f"{server.url}/?token={server.token}")
        if path != "/":
            page.goto(server.url + path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert [text for text in said if not any(part in text for part in HARMLESS)] == []


def row_of(page: Page, run_id: str) -> Locator:
    """A run's row; exactly its own, since one id may be the beginning of another."""
    return page.get_by_role("row").filter(has=page.get_by_text(run_id, exact=True))


def choose(page: Page, name: str) -> None:
    """Choose from the menu of a run's page."""
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name=name).click()


def has_no_violation(page: Page) -> None:
    """See that axe finds nothing on the page."""
    result = Axe().run(page)
    assert result.violations_count == 0, result.generate_report()


def photograph(page: Page, name: str) -> None:
    """Keep a picture of the page for people to look at."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png")


def read_clipboard(page: Page, server: Server) -> str:
    """What is on the clipboard, read by a page of a secure origin in the same browser."""
    origin = f"http://127.0.0.1:{server.port}"
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=origin)
    reader = page.context.new_page()
    reader.goto(f"{origin}/healthz")
    reader.bring_to_front()
    text = str(reader.evaluate("() => navigator.clipboard.readText()"))
    reader.close()
    page.bring_to_front()
    return text
