"""Runs of another machine on the page: followed, explained, out of contact and back, stopped."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.real import until
from tests.shipping.kit import Worker

from e2e.conftest import OpenPage, Server, photograph, read_clipboard, row_of
from lastwords.config import Config
from lastwords.folders import runfolder
from lastwords.receiving.enrolling import enrol
from lastwords.store.runs import Store

FAILS = """
import pathlib, sys, time
print("step 1: reading", flush=True)
while not pathlib.Path(sys.argv[1]).exists():
    time.sleep(0.02)
raise ValueError("the rows are gone")
"""
GOES_ON = "import time\nfor n in range(100_000): print('line', n, flush=True); time.sleep(0.05)"


@pytest.fixture
def worker(own_server: Server, tmp_path: Path) -> Iterator[Worker]:
    """A second home, which sends to the server."""
    store = Store(Config(own_server.home).database)
    token = enrol(store, "node7")
    store.close()
    found = Worker(tmp_path / "node7", f"http://127.0.0.1:{own_server.port}", token)
    yield found
    for process in found.started:
        process.terminate()
        process.wait(30)
    found.end()


def the_run(server: Server) -> str:
    return str(until(lambda: server.api.list(10, "", ""))[0]["id"])


def test_a_sent_run_appears_is_followed_fails_is_explained_and_copied(
    own_server: Server, worker: Worker, open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page(own_server)
    worker.start(sys.executable, "-c", FAILS, str(tmp_path / "go"))
    run = the_run(own_server)
    expect(row_of(page, run).get_by_text("Running")).to_be_visible()
    page.goto(f"{own_server.url}/runs/{run}")
    expect(page.get_by_text(os.uname().nodename).first).to_be_visible()
    expect(page.get_by_text("step 1: reading").first).to_be_visible()
    (tmp_path / "go").touch()
    expect(page.get_by_text("ValueError: the rows are gone").first).to_be_visible()
    page.get_by_role("button", name="Copy error").first.click()
    assert "ValueError: the rows are gone" in read_clipboard(page, own_server)


def test_who_is_out_of_contact_is_a_chip_and_comes_back(
    own_server: Server, worker: Worker, open_page: OpenPage
) -> None:
    worker.start(sys.executable, "-c", GOES_ON)
    run = the_run(own_server)
    page = open_page(own_server)
    chip = page.get_by_role("button", name="out of contact 1")
    expect(row_of(page, run).get_by_text("Running")).to_be_visible()
    expect(chip).to_have_count(0)
    shippers = worker.shippers()
    for pid in shippers:
        os.kill(pid, signal.SIGSTOP)
    old = time.time() - 3600
    contact = runfolder.attempt_folder(own_server.home, run, 1).contact
    until((own_server.home / "listening").exists)
    (own_server.home / "listening").write_text(f"{old}\n")
    os.utime(contact, (old, old))
    expect(chip).to_be_visible()
    chip.click()
    expect(chip).to_have_attribute("aria-pressed", "true")
    expect(row_of(page, run).get_by_text("Running")).to_be_visible()
    photograph(page, "out-of-contact")
    page.set_viewport_size({"width": 390, "height": 800})
    page.emulate_media(color_scheme="dark")
    photograph(page, "out-of-contact-narrow-dark")
    for pid in shippers:
        os.kill(pid, signal.SIGCONT)
    expect(row_of(page, run)).to_have_count(0)
    page.get_by_role("button", name="out of contact 0").click()
    expect(row_of(page, run).get_by_text("Running")).to_be_visible()


def test_a_sent_run_is_stopped_by_the_answer_to_its_next_word(
    own_server: Server, worker: Worker, open_page: OpenPage
) -> None:
    worker.start(sys.executable, "-c", GOES_ON)
    run = the_run(own_server)
    page = open_page(own_server, f"/runs/{run}")
    page.get_by_role("button", name="Stop run").click()
    page.get_by_role("dialog").get_by_role("button", name="Stop run").click()
    expect(page.get_by_role("heading", level=1).get_by_text("Cancelled")).to_be_visible()
    worker.started[-1].wait(60)
