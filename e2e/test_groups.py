"""The same error across runs: found, noted, called resolved, and back again."""

from playwright.sync_api import Locator, Page, expect

from e2e.conftest import OpenPage, Server, row_of


def _row(page: Page, headline: str) -> Locator:
    return page.get_by_role("row").filter(has_text=headline)


def test_a_home_without_failures_says_so(own_server: Server, open_page: OpenPage) -> None:
    page = open_page(own_server)
    page.get_by_role("link", name="Errors").click()
    expect(page.get_by_role("heading", name="Errors")).to_be_visible()
    expect(page.get_by_text("No run has failed yet")).to_be_visible()


def test_runs_that_failed_alike_are_one_row_and_reached_from_it(
    own_server: Server, open_page: OpenPage
) -> None:
    first, second = own_server.finished("raises"), own_server.finished("raises")
    other = own_server.finished("exits-3")
    page = open_page(own_server, "/errors")
    row = _row(page, "the example has no label")
    expect(page.get_by_role("row")).to_have_count(3)
    row.get_by_role("link", name="2 runs").click()
    page.wait_for_url("**/?fingerprint=*")
    expect(page.get_by_role("button", name="Same error: The dataset is empty")).to_be_visible()
    for run_id in (first, second):
        expect(row_of(page, run_id)).to_be_visible()
    expect(row_of(page, other)).to_have_count(0)
    page.get_by_role("button", name="same error").click()
    expect(row_of(page, other)).to_be_visible()


def test_a_run_says_that_its_error_was_seen_before(own_server: Server, open_page: OpenPage) -> None:
    first = own_server.finished("raises")
    page = open_page(own_server, f"/runs/{first}")
    expect(page.get_by_role("button", name="Copy bug report")).to_be_enabled()
    expect(page.get_by_text("failed the same way")).to_have_count(0)
    second = own_server.finished("raises")
    page.goto(f"{own_server.url}/runs/{second}")
    page.get_by_role("link", name="1 other run has failed the same way since").click()
    expect(row_of(page, first)).to_be_visible()
    page.goto(f"{own_server.url}/runs/{first}")
    expect(page.get_by_role("link", name="1 newer run failed the same way")).to_be_visible()


def test_a_note_is_written_in_place_by_keyboard_and_shown_with_the_run(
    own_server: Server, open_page: OpenPage
) -> None:
    run_id = own_server.finished("raises")
    page = open_page(own_server, "/errors")
    page.get_by_role("button", name="Add a note").focus()
    page.keyboard.press("Enter")
    field = page.get_by_role("textbox", name="Note on")
    expect(field).to_be_focused()
    page.keyboard.type("a thought")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Add a note")).to_be_focused()
    page.keyboard.press("Enter")
    expect(field).to_have_value("")
    page.keyboard.type("fill in the label <b>first</b>")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("fill in the label <b>first</b>")).to_be_visible()
    expect(page.get_by_role("button", name="Edit note")).to_be_focused()
    page.goto(f"{own_server.url}/runs/{run_id}")
    expect(page.get_by_text("fill in the label <b>first</b>")).to_be_visible()


def test_a_resolved_error_leaves_the_open_ones_can_be_undone_and_comes_back(
    own_server: Server, open_page: OpenPage
) -> None:
    own_server.finished("raises")
    own_server.finished("exits-3")
    page = open_page(own_server, "/errors")
    row, other = _row(page, "the example has no label"), _row(page, "exit code 3")
    row.get_by_role("button", name="Mark as resolved").press("Enter")
    expect(row).to_have_count(0)
    # The focus is on what stood beside it, and what was done can be undone.
    assert page.evaluate("document.activeElement !== document.body")
    said = page.get_by_role("status", name="Done just now")
    expect(said).to_contain_text("Marked as resolved: ")
    said.get_by_role("button", name="Undo").click()
    expect(row).to_be_visible()
    row.get_by_role("button", name="Mark as resolved").click()
    page.get_by_role("button", name="Resolved 1").click()
    expect(row).to_contain_text("Resolved")
    expect(other).to_have_count(0)
    own_server.finished("raises")
    page.get_by_role("button", name="Open 2").click()
    expect(row).to_contain_text("Came back")


def test_errors_are_searched_sorted_and_given_an_owner_and_resolved_from_a_run(
    own_server: Server, open_page: OpenPage
) -> None:
    first = own_server.finished("raises")
    own_server.finished("raises")
    own_server.finished("exits-3")
    page = open_page(own_server, "/errors")
    rows = page.get_by_role("row")
    expect(rows.nth(1)).to_contain_text("exit code 3")
    page.get_by_role("columnheader", name="Runs").get_by_role("button").click()
    expect(page.get_by_role("columnheader", name="Runs")).to_have_attribute(
        "aria-sort", "descending"
    )
    row = rows.nth(1)
    expect(row).to_contain_text("the example has no label")
    expect(row.get_by_role("img", name="2 in the last 14 days")).to_be_visible()
    row.get_by_role("button", name="Assign").press("Enter")
    page.keyboard.type("Anna")
    page.keyboard.press("Enter")
    expect(row.get_by_role("button", name="Anna")).to_be_focused()
    page.get_by_role("searchbox", name="Search errors").press_sequentially("anna LABEL", delay=60)
    expect(rows).to_have_count(2)
    expect(page.get_by_role("searchbox")).to_be_focused()
    expect(page.get_by_role("button", name="All 1")).to_be_visible()
    page.goto(f"{own_server.url}/runs/{first}")
    expect(page.get_by_text("Owner: Anna")).to_be_visible()
    resolve = page.get_by_role("button", name="Mark as resolved")
    resolve.click()
    reopen = page.get_by_role("button", name="Reopen")
    expect(reopen).to_be_focused()
    expect(page.get_by_text("Resolved", exact=True)).to_be_visible()
