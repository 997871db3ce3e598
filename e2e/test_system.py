"""The system page and the check of a form: what the doctor says, as a person reads it."""

import re
from collections.abc import Callable
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import Server, photograph, read_clipboard

OpenPage = Callable[..., Page]


def test_the_system_page_shows_each_check_and_copies_what_mends_it(
    own_server: Server, open_page: OpenPage
) -> None:
    page = open_page(own_server, "/system")
    findings = page.get_by_role("list", name="Checks")
    expect(findings.get_by_role("listitem").filter(has_text="database")).to_contain_text("OK")
    settings = findings.get_by_role("listitem").filter(has_text="settings")
    expect(settings).to_contain_text("Warning")
    expect(settings).to_contain_text("no default data")
    settings.get_by_role("button", name="Copy").click()
    expect(settings.get_by_role("button", name="Copied")).to_be_visible()
    assert read_clipboard(page, own_server) == f"${{EDITOR:-vi}} {own_server.home}/lastwords.toml"
    photograph(page, "doctor")


def test_a_check_is_made_again_when_asked_for(own_server: Server, open_page: OpenPage) -> None:
    page = open_page(own_server, "/system")
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
    page = open_page(own_server, "/system")
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
    for part in ("Checks", "Storage"):
        expect(page.get_by_role("region", name=part)).to_be_visible()
    expect(page.get_by_role("region", name="Storage")).to_contain_text("keep all")
    expect(page.get_by_text("No response from")).to_have_count(0)
    expect(page.get_by_role("table", name="Settings")).to_be_visible()
