"""The system page and the check of a form: what the doctor says, as a person reads it."""

import re
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from playwright.sync_api import expect

from e2e.conftest import OpenPage, Server, photograph, read_clipboard


def test_the_system_page_shows_each_check_and_copies_what_mends_it(
    own_server: Server, open_page: OpenPage
) -> None:
    page = open_page(own_server, "/system")
    page.get_by_text("checks passed").click()
    passed = page.get_by_role("list", name="checks passed")
    expect(passed.get_by_role("listitem").filter(has_text="database")).to_contain_text("OK")
    findings = page.get_by_role("list", name="Checks", exact=True)
    settings = findings.get_by_role("listitem").filter(has_text="settings")
    expect(settings).to_contain_text("Warning")
    expect(settings).to_contain_text("no default data")
    settings.get_by_role("button", name="Copy").click()
    expect(settings.get_by_role("button", name="Copied")).to_be_visible()
    assert read_clipboard(page, own_server) == f"${{EDITOR:-vi}} {own_server.home}/lastwords.toml"
    photograph(page, "doctor")


def test_a_check_is_made_again_when_asked_for(own_server: Server, open_page: OpenPage) -> None:
    page = open_page(own_server, "/system")
    page.get_by_text("checks passed").click()
    home = page.get_by_role("listitem").filter(has_text="is writable")
    expect(home).to_contain_text("OK")
    own_server.home.chmod(0o755)
    page.get_by_role("button", name="Check again").click()
    home = page.get_by_role("listitem").filter(has_text="readable by other users")
    expect(home).to_contain_text("Failed")
    expect(home).to_contain_text(f"chmod 700 {own_server.home}")


def test_the_settings_of_a_form_are_checked_before_it_is_sent(
    own_server: Server, open_page: OpenPage
) -> None:
    page = open_page(own_server, "/new")
    page.get_by_label("Database").fill("gone.db")
    findings = page.get_by_role("list", name="Problems with these parameters")
    data = findings.get_by_role("listitem").filter(has_text="gone.db")
    expect(data).to_contain_text("does not exist")
    expect(data).to_contain_text("Failed")
    page.get_by_label("Epochs").fill("0")
    expect(page.get_by_text("Epochs: must be between 1 and 1,000, not 0")).to_be_visible()
    assert own_server.api.list(10, "", "") == []
    photograph(page, "check-settings")


def test_a_stranger_can_reorder_no_line_of_the_audit(
    own_server: Server, open_page: OpenPage
) -> None:
    """Who has no login can put a line there all the same, and choose its words."""
    address = f"http://127.0.0.1:{own_server.port}/api/training/runs/%E2%80%AEko"
    with pytest.raises(HTTPError, match="401"):
        urlopen(address)
    page = open_page(own_server, "/system/audit")
    line = page.get_by_role("row").filter(has_text="GET /api/training/runs/")
    expect(line).to_contain_text("U+202E")
    assert "\u202e" not in line.inner_text()


def test_a_name_reorders_neither_the_title_nor_the_settings(
    own_server: Server, open_page: OpenPage
) -> None:
    run_id = own_server.finished("exits-3", name="safe\u202etxt")
    page = open_page(own_server, f"/runs/{run_id}")
    expect(page).to_have_title(re.compile("^safe<U\\+202E>txt · Failed"))
    settings = page.get_by_role("region", name="Parameters")
    expect(settings).to_contain_text("U+202E")
    assert "\u202e" not in page.locator("body").inner_text()


def test_a_page_that_found_nobody_says_so_once_and_comes_back_by_itself(
    own_server: Server, open_page: OpenPage
) -> None:
    page = open_page(own_server)
    expect(page.get_by_text("No runs yet")).to_be_visible()
    own_server.end()
    for name in ("Errors", "System"):
        page.get_by_role("link", name=name).click()
        expect(page.get_by_role("heading", name="Can’t reach the server")).to_have_count(1)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
    own_server.start()
    expect(page.get_by_role("region", name="Checks")).to_be_visible()
    expect(page.get_by_text("No response from")).to_have_count(0)
    parts = page.get_by_role("navigation", name="Parts of the system page")
    parts.get_by_role("link", name="Storage").click()
    expect(page.get_by_role("region", name="Storage")).to_contain_text("keep all")
    parts.get_by_role("link", name="Settings").click()
    expect(page.get_by_role("table", name="Settings")).to_be_visible()


def test_room_is_made_in_three_clicks_from_any_page_and_what_runs_is_kept(
    own_server: Server, open_page: OpenPage
) -> None:
    own_server.finished("prints-8mb", name="large one")
    own_server.finished("trains", name="small one")
    starred = own_server.finished("trains", name="starred one")
    own_server.api.label(starred, {"starred": True})
    own_server.run("hangs", name="still running")
    page = open_page(own_server)
    page.get_by_role("link", name="System").click()
    page.get_by_role("button", name="Free up").click()
    dialog = page.get_by_role("dialog", name="Delete 2 runs?")
    names = dialog.get_by_role("listitem")
    expect(names).to_have_count(2)
    expect(names.first).to_contain_text("large one")
    expect(names.first).to_contain_text("MB")
    expect(dialog).to_contain_text("This can’t be undone.")
    dialog.get_by_role("button", name="Delete 2 · frees").click()
    said = page.get_by_role("status", name="Done just now")
    expect(said).to_contain_text("Deleted 2 runs, freed")
    left = {run["name"] for run in own_server.api.list(9, "", "")}
    assert left == {"still running", "starred one"}
    assert page.evaluate("document.activeElement !== document.body")


def test_runs_that_use_the_disk_are_named_and_some_of_them_deleted(
    own_server: Server, open_page: OpenPage
) -> None:
    own_server.finished("prints-8mb", name="large one")
    own_server.finished("trains", name="small one")
    own_server.run("hangs", name="still running")
    page = open_page(own_server, "/system/storage")
    table = page.get_by_role("table", name="Largest runs")
    expect(table.get_by_role("row").nth(1)).to_contain_text("large one")
    expect(table.get_by_role("checkbox", name="Select still running")).to_be_disabled()
    table.get_by_role("checkbox", name="Select large one").click()
    page.get_by_role("button", name="Delete 1 · frees").click()
    dialog = page.get_by_role("dialog", name="Delete 1 run?")
    photograph(page, "storage-delete")
    dialog.get_by_role("button", name="Delete 1").click()
    expect(page.get_by_role("status", name="Done just now")).to_contain_text("Deleted 1 run, freed")
    expect(table.get_by_text("large one")).to_have_count(0)
    assert page.evaluate("document.activeElement !== document.body")
    expect(table.get_by_text("small one")).to_be_visible()
