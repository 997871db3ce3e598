"""An error: in the row, expanded in place, whole in the dialog, on the clipboard."""

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.real import until

from e2e.conftest import OpenPage, Server, read_clipboard, row_of


def open_dialog(page: Page, server: Server, run_id: str) -> Locator:
    row_of(page, run_id).get_by_role("button", name="Open error").click()
    dialog = page.get_by_role("dialog", name=server.api.show(run_id)["title"])
    expect(dialog).to_be_visible()
    return dialog


def error_of(server: Server, run_id: str) -> bytes:
    return server.request("GET", f"/runs/{run_id}/error")


def test_a_failed_row_shows_the_headline_and_copies_the_error(
    server: Server, open_page: OpenPage
) -> None:
    run_id = server.finished("raises-1kb", name="one kilobyte")
    run = server.api.show(run_id)
    page = open_page(server, f"/?q={run_id}")
    row = row_of(page, run_id)
    expect(row).to_contain_text("one kilobyte")
    expect(row).to_contain_text(run["headline"].split(":")[0])
    copy = row.get_by_role("button", name="Copy")
    expect(copy).to_be_visible()
    copy.click()
    expect(row.get_by_role("status")).to_contain_text("copied")
    error = server.request("GET", f"/runs/{run_id}/error").decode()
    assert read_clipboard(page, server) == error


def test_expanding_keeps_focus_and_scroll_and_shows_the_whole_error(
    server: Server, open_page: OpenPage
) -> None:
    run_id = server.finished("raises-1kb")
    page = open_page(server, f"/?q={run_id}")
    button = row_of(page, run_id).get_by_role("button", name="Expand error")
    expect(button).to_have_attribute("aria-expanded", "false")
    before = page.evaluate("scrollY")
    button.focus()
    page.keyboard.press("Enter")
    less = row_of(page, run_id).get_by_role("button", name="Collapse error")
    expect(less).to_be_focused()
    expect(less).to_have_attribute("aria-expanded", "true")
    assert abs(page.evaluate("scrollY") - before) <= 1
    region = page.get_by_role("region", name="Full error of")
    expect(region).to_be_visible()
    error = error_of(server, run_id).decode().strip()
    until(lambda: region.inner_text().replace("\xa0", " ").strip() == error)
    page.keyboard.press("Enter")
    expect(region).to_have_count(0)


def test_the_dialog_holds_the_facts_and_gives_focus_back(
    server: Server, open_page: OpenPage
) -> None:
    run_id = server.finished("exits-3")
    page = open_page(server, f"/?q={run_id}")
    button = row_of(page, run_id).get_by_role("button", name="Open error")
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name=server.api.show(run_id)["title"])
    assert dialog.evaluate("node => node instanceof HTMLDialogElement && node.open")
    for label in ("Status", "Started", "Finished", "Duration", "Exit code", "Model"):
        expect(dialog.get_by_text(label, exact=True)).to_be_visible()
    expect(dialog).to_contain_text(run_id)
    for name in ("Copy error", "Copy bug report"):
        expect(dialog.get_by_role("button", name=name)).to_be_enabled()
    for name in ("Download log", "View log"):
        expect(dialog.get_by_role("link", name=name)).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(button).to_be_focused()


def test_the_buttons_of_the_dialog_take_two_rows_on_a_phone(
    server: Server, open_page: OpenPage
) -> None:
    """Also with the steps to the failures before and after, which most lists have."""
    ids = [server.finished("exits-3") for _ in range(2)]
    page = open_page(server, "/?status=failed", viewport={"width": 390, "height": 844})
    row_of(page, ids[0]).get_by_role("button", name="Open error").click()
    foot = page.get_by_role("dialog").locator("footer")
    expect(foot.get_by_role("button", name="Older failure")).to_be_visible()
    shown = foot.locator(".btn:visible").all()
    rows = {round(box["y"]) for button in shown if (box := button.bounding_box())}
    assert len(rows) == 2


@pytest.mark.parametrize(("width", "height"), [(390, 844), (390, 430), (683, 430)])
def test_the_buttons_of_the_dialog_stay_clear_of_a_long_error(
    server: Server, open_page: OpenPage, width: int, height: int
) -> None:
    run_id = server.finished("raises-100kb")
    page = open_page(server, f"/?q={run_id}", viewport={"width": width, "height": height})
    dialog = open_dialog(page, server, run_id)
    region = dialog.get_by_role("region", name="Full error")
    expect(region).to_contain_text("Traceback")
    for name in ("Copy error", "Close"):
        expect(dialog.get_by_role("button", name=name)).to_be_in_viewport(ratio=0.9)
    expect(dialog.get_by_role("link", name="View log")).to_be_in_viewport(ratio=0.9)
    text = dialog.get_by_text("Traceback (most recent call last)").first
    expect(text).to_be_in_viewport()
    above, below = dialog.locator("header"), dialog.locator("footer")
    boxes = [part.bounding_box() for part in (above, dialog, below)]
    assert all(boxes)
    head, whole, foot = (box for box in boxes if box)
    assert head["y"] >= whole["y"] and foot["y"] + foot["height"] <= whole["y"] + whole["height"]


def test_an_error_that_is_read_stays_when_its_row_has_left_the_list(
    server: Server, open_page: OpenPage
) -> None:
    run_id = server.finished("raises-1kb")
    page = open_page(server, f"/?q={run_id}")
    dialog = open_dialog(page, server, run_id)
    region = dialog.get_by_role("region", name="Full error")
    expect(region).to_contain_text("Traceback")
    server.request("DELETE", f"/runs/{run_id}")
    expect(page.get_by_text(f"No runs match “{run_id}”.")).to_be_attached()
    expect(region).to_contain_text("Traceback")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.locator("main")).to_be_focused()


def test_a_signal_is_called_a_signal(server: Server, open_page: OpenPage) -> None:
    run_id = server.finished("dies-of-sigkill")
    page = open_page(server, f"/?q={run_id}")
    dialog = open_dialog(page, server, run_id)
    expect(dialog.get_by_text("Signal", exact=True)).to_be_visible()
    expect(dialog.get_by_text("Exit code", exact=True)).to_have_count(0)
    expect(dialog).to_contain_text("SIGKILL")


@pytest.mark.parametrize("size", ["1kb", "1mb", "10mb"])
def test_the_copied_error_is_the_whole_error_byte_for_byte(
    server: Server, open_page: OpenPage, request: pytest.FixtureRequest, size: str
) -> None:
    is_large = size == "10mb"
    run_id = (
        request.getfixturevalue("ten_megabytes") if is_large else server.finished(f"raises-{size}")
    )
    whole = error_of(server, run_id)
    page = open_page(server, f"/?q={run_id}")
    assert page.evaluate("isSecureContext") is False
    dialog = open_dialog(page, server, run_id)
    copy = dialog.get_by_role("button", name="Copy error")
    expect(copy).to_be_enabled()
    copy.click()
    expect(dialog.get_by_role("status").filter(has_text="copied")).to_have_count(1)
    assert read_clipboard(page, server).encode() == whole


def test_a_copy_that_did_not_happen_is_not_called_one(server: Server, open_page: OpenPage) -> None:
    run_id = server.finished("raises-1kb")
    page = open_page(server, f"/?q={run_id}")
    dialog = open_dialog(page, server, run_id)
    copy = dialog.get_by_role("button", name="Copy error")
    expect(copy).to_be_enabled()
    page.evaluate("document.execCommand = () => true")  # says yes, and fires no copy event
    copy.click()
    expect(dialog).to_contain_text("Not copied")
    area = dialog.get_by_role("textbox", name="Text to copy")
    assert area.input_value() == error_of(server, run_id).decode()
    expect(dialog.get_by_role("status").filter(has_text="copied")).to_have_count(0)


def test_select_all_in_the_error_selects_only_the_error(
    server: Server, open_page: OpenPage
) -> None:
    run_id = server.finished("raises-1kb")
    page = open_page(server, f"/?q={run_id}")
    dialog = open_dialog(page, server, run_id)
    expect(dialog.get_by_role("button", name="Copy error")).to_be_enabled()
    dialog.get_by_role("region", name="Full error").focus()
    page.keyboard.press("Control+a")
    selected = page.evaluate("getSelection().toString()")
    assert selected.strip() == error_of(server, run_id).decode().strip()


def test_the_bug_report_is_copied_as_the_server_wrote_it(
    server: Server, open_page: OpenPage
) -> None:
    run_id = server.finished("raises-1kb")
    server.is_taken(run_id)
    page = open_page(server, f"/?q={run_id}")
    dialog = open_dialog(page, server, run_id)
    copy = dialog.get_by_role("button", name="Copy bug report")
    expect(copy).to_be_enabled()
    copy.click()
    expect(dialog.get_by_role("status").filter(has_text="copied")).to_have_count(1)
    report = server.request("GET", f"/runs/{run_id}/report.md").decode()
    assert f"- Link: `{server.url}/runs/{run_id}`\n" in report
    assert read_clipboard(page, server) == report
    assert error_of(server, run_id).decode() in report


def test_a_ten_megabyte_error_leaves_the_page_responsive(
    server: Server, open_page: OpenPage, ten_megabytes: str
) -> None:
    page = open_page(server, f"/?q={ten_megabytes}")
    dialog = open_dialog(page, server, ten_megabytes)
    expect(dialog.get_by_role("region", name="Full error")).to_be_visible()
    expect(dialog.get_by_role("button", name="Copy error")).to_be_enabled()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
