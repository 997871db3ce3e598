"""Forced colours, and paper; what axe finds on each page is in test_widths.py."""

from playwright.sync_api import expect

from e2e.conftest import OpenPage, Server, row_of


def test_with_forced_colours_what_is_chosen_stands_out(server: Server, open_page: OpenPage) -> None:
    server.finished("exits-3")
    page = open_page(server, forced_colors="active")
    pressed = page.get_by_role("button", name="All", pressed=True)
    expect(pressed).to_be_visible()
    page.keyboard.press("Control+k")
    options = page.get_by_role("dialog").get_by_role("option")
    expect(options.nth(1)).to_be_visible()
    colour = "element => getComputedStyle(element).backgroundColor"
    chosen = options.first.evaluate(colour)
    assert chosen != options.nth(1).evaluate(colour)
    assert pressed.evaluate(colour) == chosen


def test_on_paper_an_error_is_whole_and_nothing_is_to_be_pressed(
    server: Server, open_page: OpenPage
) -> None:
    run_id = server.finished("raises-100kb")
    page = open_page(server, f"/?q={run_id}", color_scheme="dark")
    row_of(page, run_id).get_by_role("button", name="Open error").click()
    dialog = page.get_by_role("dialog")
    region = dialog.get_by_role("region", name="Full error")
    expect(region).to_contain_text("Traceback")
    scrolls = "element => element.scrollHeight > element.clientHeight + 1"
    assert region.evaluate(scrolls)
    page.emulate_media(media="print")
    expect(page.get_by_role("button")).to_have_count(0)
    expect(row_of(page, run_id)).to_have_count(0)
    assert not region.evaluate(scrolls)
    assert not dialog.evaluate(scrolls)
    page.goto(f"{server.url}/runs/{run_id}")
    error = page.get_by_role("region", name="Full error of")
    expect(error).to_contain_text("Traceback")
    expect(page.get_by_role("button")).to_have_count(0)
    assert not error.evaluate(scrolls)
