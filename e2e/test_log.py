"""A run's log: to the last byte, at any size, growing or not."""

import re

from playwright.sync_api import expect
from tests.child import numbered_line
from tests.real import until

from e2e.conftest import OpenPage, Server, row_of


def log_bytes(server: Server, run_id: str) -> bytes:
    return server.request("GET", f"/runs/{run_id}/log")


def test_the_log_opens_in_the_same_tab_from_the_dialog(server: Server, open_page: OpenPage) -> None:
    run_id = server.finished("raises-1kb")
    page = open_page(server, f"/?q={run_id}")
    row_of(page, run_id).get_by_role("button", name="Open error").click()
    page.get_by_role("dialog").get_by_role("link", name="View log").click()
    page.wait_for_url(f"**/runs/{run_id}/log*")
    assert len(page.context.pages) == 1
    lines = log_bytes(server, run_id).decode().splitlines()
    expect(page.get_by_role("region", name="Log of")).to_contain_text(lines[-1][:80])
    page.evaluate("location.hash = '#L90000'")
    expect(page.get_by_text("This log ends before line 90,000.")).to_be_visible()


def test_a_growing_log_is_followed_to_its_end(own_server: Server, open_page: OpenPage) -> None:
    run_id = own_server.run("counts-50-then-waits-then-trains")
    own_server.log_says(run_id, numbered_line(49))
    page = open_page(own_server, f"/runs/{run_id}/log")
    region = page.get_by_role("region", name="Log of")
    expect(page.get_by_text("Following")).to_be_visible()
    expect(region).to_contain_text("0000000049")
    (own_server.log_of(run_id).parent / "go").touch()
    own_server.wait(run_id)
    last = log_bytes(own_server, run_id).decode().splitlines()[-1:]
    expect(region).to_contain_text(last[0])


LOUD = """
for number in range(300):
    print(f"row {number}" + (" with a needle" if number in (5, 150, 280) else ""))
print("WARNING: " + "a long line " * 30)
raise ValueError("the end")
"""

_COLOUR = "node => getComputedStyle(node).color"
_BEHIND = "node => getComputedStyle(node.closest('[data-line]')).backgroundColor"


def test_the_error_stands_out_in_a_log_and_a_search_goes_to_the_nearest_hit(
    server: Server, open_page: OpenPage
) -> None:
    run_id = server.record(LOUD)
    page = open_page(server, f"/runs/{run_id}/log")
    log = page.get_by_role("region", name="Log of")
    error, plain = (log.get_by_text(text) for text in ("ValueError: the end", "row 299"))
    expect(error).to_be_visible()
    assert error.evaluate(_BEHIND) != plain.evaluate(_BEHIND)
    warned = log.get_by_text("WARNING: a long")
    assert len({found.evaluate(_COLOUR) for found in (error, plain, warned)}) == 3
    mark = page.locator("[data-fill] button[class*=error]")
    expect(mark).to_have_count(1)
    page.keyboard.press("Home")
    expect(log.get_by_text("row 0", exact=True)).to_be_visible()
    mark.click()
    expect(error).to_be_visible()
    page.keyboard.press("Control+f")
    page.get_by_role("searchbox", name="Find in log").fill("needle")
    words = page.locator("search")
    expect(words).to_contain_text("3 of 3 matches, line 281")
    page.get_by_role("searchbox", name="Find in log").press("Enter")
    expect(words).to_contain_text("1 of 3 matches, line 6")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(page.get_by_text("Error 1 of 2, line")).to_be_visible()


def test_on_a_phone_a_log_is_wrapped_and_its_tools_fit_one_row(
    server: Server, open_page: OpenPage
) -> None:
    run_id = server.record(LOUD)
    page = open_page(server, f"/runs/{run_id}/log", viewport={"width": 390, "height": 844})
    log = page.get_by_role("region", name="Log of")
    expect(log.get_by_text("ValueError: the end")).to_be_visible()
    wide = "node => node.scrollWidth - node.clientWidth"
    assert log.evaluate(wide) <= 0
    tools = ("Find", "Jump to error", "More options")
    boxes = [page.get_by_role("button", name=name).bounding_box() for name in tools]
    assert len({box["y"] for box in boxes if box}) == 1 and all(boxes)
    page.get_by_role("button", name="More options").click()
    page.get_by_role("menuitem", name="Do not wrap lines").click()
    expect(page).to_have_url(re.compile("wrap=0"))
    until(lambda: log.evaluate(wide) > 0)
