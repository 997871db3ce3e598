"""The page of one run: one thing first, the rest in a menu, the end of its log, its sections."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.real import new_attempt
from tests.recording.test_hosts import OTHER, noted_by

from e2e.conftest import LASTWORDS, OpenPage, Server, choose, photograph, read_clipboard
from lastwords.config import load
from lastwords.folders.runfolder import read_spec
from lastwords.records import Status
from lastwords.store.runs import Store
from lastwords.supervision.supervisor import Supervisor

COUNTS = """
import sys, time
for number in range(1, 41):
    print(f"WARNING: row {number} is odd" if number == 38 else f"row {number}", flush=True)
for number in range(41, int(sys.argv[1])):
    time.sleep(0.2)
    print(f"row {number}", flush=True)
"""
# Every shift of what is on screen that nobody asked for, added up (CLS).
SHIFTS = """
window.shifted = 0
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value
}).observe({ type: 'layout-shift', buffered: true })
"""


def _open(open_page: OpenPage, server: Server, run_id: str, **options: object) -> Page:
    page = open_page(server, "/system", **options)
    page.add_init_script(SHIFTS)
    page.goto(f"{server.url}/runs/{run_id}")
    expect(page.get_by_role("heading", name="Run it yourself")).to_be_visible()
    return page


def _is_still(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.shifted") <= 0.05


def test_a_failed_run_offers_its_error_first_and_the_rest_in_a_menu_by_keyboard(
    server: Server, open_page: OpenPage
) -> None:
    run_id = server.record("import json\njson.loads('{')")
    page = _open(open_page, server, run_id)
    _is_still(page)
    primary = page.locator("main .btn.primary")
    expect(primary).to_have_text(re.compile("^Copy error"))
    primary.click()
    error = server.request("GET", f"/runs/{run_id}/error").decode()
    assert read_clipboard(page, server) == error
    found = json.loads(server.request("GET", f"/runs/{run_id}/diagnosis"))
    expect(page.get_by_text(f"{found['means']} {found['why']}")).to_be_visible()
    opener = page.get_by_role("button", name="More actions")
    opener.focus()
    page.keyboard.press("ArrowDown")
    items = page.get_by_role("menuitem")
    expect(items).to_have_text(["Download log", "Copy link", "Copy run ID", "Delete"])
    expect(items.first).to_be_focused()
    page.keyboard.press("End")
    expect(items.last).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(items.first).to_be_focused()
    page.keyboard.press("c")
    expect(page.get_by_role("menuitem", name="Copy link")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Link copied")).to_be_visible()
    expect(opener).to_be_focused()
    assert read_clipboard(page, server) == f"{server.url}/runs/{run_id}"
    opener.press("Enter")
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_have_count(0)
    expect(opener).to_be_focused()


def test_sections_are_reached_from_a_list_that_stays_and_their_headings_stand_out(
    server: Server, open_page: OpenPage
) -> None:
    run_id = server.record(
        "for step in range(50): print({'loss': 1 / (step + 1), 'epoch': step / 10})\n1 / 0"
    )
    page = _open(open_page, server, run_id, viewport={"width": 390, "height": 844})
    _is_still(page)
    sections = page.get_by_role("navigation", name="Sections")
    names = sections.get_by_role("link").all_inner_texts()
    assert set(names) - {"Resources", "Compare"} == {
        *("Overview", "Error", "Metrics", "Command", "Run it yourself")
    }
    sections.get_by_role("link", name="Command").click()
    heading = page.get_by_role("heading", name="Command")
    expect(heading).to_be_focused()
    expect(heading).to_be_in_viewport()
    expect(sections).to_be_in_viewport()
    below = sections.bounding_box()
    top = heading.bounding_box()
    assert below and top and top["y"] >= below["y"] + below["height"]
    sections.get_by_role("link", name="Overview").click()
    page.get_by_role("button", name="More actions").click()
    menu = page.get_by_role("menu").bounding_box()
    assert menu and menu["x"] >= 0 and menu["x"] + menu["width"] <= 390
    page.keyboard.press("Escape")
    sizes = page.evaluate(
        """() => Object.fromEntries(['h1', 'h2', 'h3'].map((name) => [name, [
          ...document.querySelectorAll(`main ${name}`)
        ].map((found) => parseFloat(getComputedStyle(found).fontSize))]))"""
    )
    assert min(sizes["h1"]) > max(sizes["h2"]) and min(sizes["h2"]) > max(sizes["h3"])
    started = page.locator("main time").first
    expect(started).to_have_attribute("datetime", re.compile("^20"))
    expect(started).to_have_attribute("title", re.compile("UTC|GMT"))


def test_a_running_run_shows_the_end_of_its_log_as_it_comes(
    server: Server, open_page: OpenPage
) -> None:
    with server.recording(COUNTS, "4000") as run_id:
        server.log_says(run_id, b"row 42")
        page = _open(open_page, server, run_id)
        expect(page.locator("main .btn.primary")).to_have_text("View log")
        tail = page.get_by_role("region", name="Last lines of the log of")
        expect(tail.get_by_role("listitem")).to_have_count(20)
        expect(page.get_by_role("button", name="Stop run")).to_be_visible()
        seen = tail.get_by_role("listitem").last.inner_text()
        expect(tail.get_by_role("listitem").last).not_to_have_text(seen)
        _moves_by_itself(page, tail.get_by_role("listitem").last.inner_text())
        assert page.evaluate("window.shifted") <= 0.05
        photograph(page, "run-live")
        tail.get_by_role("link").last.click()
        expect(page).to_have_url(re.compile(r"/log#L\d+$"))


def _moves_by_itself(page: Page, seen: str) -> None:
    page.wait_for_function(
        "(seen) => !document.querySelector('[aria-labelledby=tail] li:last-child')"
        ".innerText.includes(seen)",
        arg=seen,
    )


def test_a_run_that_printed_no_error_shows_its_last_lines_and_none_of_them_as_one(
    server: Server, open_page: OpenPage
) -> None:
    run_id = server.record(COUNTS + "\nprint({'train_loss': 0.5})\nraise SystemExit(1)", "0")
    page = _open(open_page, server, run_id, viewport={"width": 390, "height": 844})
    _is_still(page)
    expect(page.get_by_role("heading", name="No error was printed (exit code 1)")).to_be_visible()
    expect(page.locator("main .btn.primary")).to_have_text("View log")
    tail = page.get_by_role("region", name="Last lines of the log of")
    expect(tail.get_by_role("listitem")).to_have_count(20)
    expect(tail.get_by_role("listitem").last).to_contain_text("{'train_loss': 0.5}")
    expect(page.get_by_text("last 20 of 41 lines")).to_be_visible()
    warned, plain = (
        tail.get_by_text(text, exact=True).evaluate("node => getComputedStyle(node).color")
        for text in ("WARNING: row 38 is odd", "row 39")
    )
    assert warned != plain
    expect(page.get_by_role("heading", name="Error", exact=True)).to_have_count(0)


def test_a_command_that_is_not_found_is_named(own_server: Server, open_page: OpenPage) -> None:
    program = "torchrun-that-is-not-there"
    command = [str(LASTWORDS), "run", "--home", str(own_server.home), "--quiet", "--", program]
    assert subprocess.run(command, stderr=subprocess.DEVNULL).returncode == 127
    page = open_page(own_server)
    title = f"Command not found: {program}"
    expect(page.get_by_text(title)).to_be_visible()
    page.get_by_role("button", name="Open error").click()
    dialog = page.get_by_role("dialog", name=title)
    link = dialog.get_by_role("link", name=program)
    expect(dialog).to_contain_text(re.compile(r"just now|\d+ s ago"))
    link.click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()


@pytest.fixture
def shared_home(tmp_path: Path) -> Iterator[Server]:
    """A server whose home other machines may write to, with a run of one of them."""
    if not shutil.which("bindfs") or not os.access("/dev/fuse", os.W_OK):
        pytest.skip("needs bindfs and /dev/fuse: apt-get install bindfs")
    real, home = tmp_path / "real", tmp_path / "home"
    real.mkdir(0o700)
    home.mkdir(0o700)
    subprocess.run(["bindfs", str(real), str(home)], check=True)
    config = load(home)
    folder = noted_by(new_attempt(home, ["true"]), OTHER)
    supervisor = Supervisor(config, Store(config.database))
    supervisor.add_asked(folder, read_spec(folder) or {}, Status.RUNNING)
    server = Server(home, None)
    server.start()
    yield server
    server.end()
    subprocess.run(["fusermount", "-u", "-z", str(home)], check=True)


def test_a_run_of_another_machine_is_called_lost_after_a_question(
    shared_home: Server, open_page: OpenPage
) -> None:
    (run,) = shared_home.api.list(10, "", "")
    page = open_page(shared_home, f"/runs/{run['id']}")
    expect(page.get_by_role("link", name="on another machine")).to_be_visible()
    choose(page, "Call it lost")
    dialog = page.get_by_role("dialog", name="Call this run lost?")
    expect(dialog).to_contain_text("cannot be seen from here")
    dialog.get_by_role("button", name="Cancel").click()
    assert shared_home.api.show(run["id"])["status"] == "running"
    choose(page, "Call it lost")
    dialog.get_by_role("button", name="Call it lost").click()
    expect(page.locator("h1")).to_contain_text("Lost")
    assert shared_home.api.show(run["id"])["reason"] == "given_up"
