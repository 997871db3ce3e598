"""Dialogs and what was just done, by keyboard alone: nothing is out of reach, no focus is lost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from e2e.conftest import OpenPage, Server, _server, row_of

INSIDE = "() => document.querySelector('dialog[open]')?.contains(document.activeElement) ?? false"
ON_BODY = "() => document.activeElement === document.body"
MOST_TABS = 40


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, dict[str, str]]]:
    """A server with runs to open each dialog on; their ids."""
    server = _server(tmp_path_factory.mktemp("keyboard"))
    server.start()
    ids = {
        "failed": server.finished("raises-1kb", name="failed one"),
        "other": server.finished("exits-3", name="other one"),
        "running": server.run("hangs", name="running one"),
    }
    yield server, ids
    server.api.cancel(ids["running"])
    server.wait(ids["running"])
    server.end()


def _walk(page: Page, opener: Locator, last: str) -> None:
    """Open a dialog, reach its last button by Tab, leave it by Escape to where one was."""
    opener.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    page.wait_for_function(INSIDE)
    button = dialog.get_by_role("button", name=last).last
    for _ in range(MOST_TABS):
        if button.evaluate("element => element === document.activeElement"):
            break
        page.keyboard.press("Tab")
        # Beyond its ends are the browser's own buttons; the page behind it is not.
        assert page.evaluate(INSIDE) or page.evaluate(ON_BODY)
    expect(button).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(opener).to_be_focused()


def test_the_dialogs_of_the_list_are_walked_by_keyboard(
    home: tuple[Server, dict[str, str]], open_page: OpenPage
) -> None:
    server, ids = home
    page = open_page(server, "/?status=failed")
    row = row_of(page, ids["failed"])
    _walk(page, row.get_by_role("button", name="Open error"), "Raw")
    _walk(page, page.get_by_role("button", name="Columns"), "Close")
    _walk(page, page.get_by_role("button", name="Save view"), "Close")
    row.get_by_role("checkbox").focus()
    page.keyboard.press("Space")
    _walk(page, page.get_by_role("button", name="Tag 1"), "Close")
    _walk(page, page.get_by_role("button", name="Delete 1"), "Cancel")
    _walk(page, page.get_by_role("button", name="Keyboard shortcuts"), "Close")
    _walk(page, page.get_by_role("button", name="Go to…"), "Close")


def test_the_dialogs_of_a_run_and_of_the_system_are_walked_by_keyboard(
    home: tuple[Server, dict[str, str]], open_page: OpenPage
) -> None:
    server, ids = home
    page = open_page(server, f"/runs/{ids['failed']}")
    _walk(page, page.get_by_role("button", name="Edit labels"), "Close")
    _walk(page, page.get_by_role("button", name="Share…"), "Close")
    page.goto(f"{server.url}/runs/{ids['running']}")
    _walk(page, page.get_by_role("button", name="Stop run").first, "Keep it running")
    page.goto(f"{server.url}/system")
    _walk(page, page.get_by_role("button", name="Free up"), "Keep runs")
    page.goto(f"{server.url}/system/people")
    page.get_by_label("Name").fill("Anna")
    page.keyboard.press("Enter")
    _walk(page, page.get_by_role("button", name="Remove Anna"), "Cancel")


def test_what_was_done_is_undone_by_keyboard_from_where_one_is(
    home: tuple[Server, dict[str, str]], open_page: OpenPage
) -> None:
    server, _ = home
    page = open_page(server, "/errors")
    row = page.get_by_role("row").filter(has_text="exit code 3")
    row.get_by_role("button", name="Mark as resolved").press("Enter")
    expect(row).to_have_count(0)
    undo = page.get_by_role("status", name="Done just now").get_by_role("button", name="Undo")
    expect(undo).to_have_attribute("aria-keyshortcuts", "Control+Z")
    search = page.get_by_role("searchbox")
    search.focus()
    page.keyboard.press("Control+z")
    expect(undo).to_be_visible()
    page.get_by_role("link", name="System").focus()
    page.keyboard.press("Control+z")
    expect(row).to_be_visible()
    expect(undo).to_have_count(0)
    assert not page.evaluate(ON_BODY)


def test_a_line_that_is_looked_at_stays_and_gives_the_focus_back(
    home: tuple[Server, dict[str, str]], open_page: OpenPage
) -> None:
    server, _ = home
    page = open_page(server, "/errors")
    page.clock.install()
    row = page.get_by_role("row").filter(has_text="exit code 3")
    row.get_by_role("button", name="Mark as resolved").press("Enter")
    undo = page.get_by_role("status", name="Done just now").get_by_role("button", name="Undo")
    before = page.get_by_role("link", name="System")
    before.focus()
    undo.focus()
    # The pointer comes and goes; the focus alone holds it.
    undo.hover()
    page.mouse.move(5, 5)
    page.clock.run_for(60_000)
    expect(undo).to_be_focused()
    page.keyboard.press("Enter")
    expect(row).to_be_visible()
    expect(undo).to_have_count(0)
    expect(before).to_be_focused()
