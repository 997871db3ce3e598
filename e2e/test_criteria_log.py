"""Criteria 8 to 12: a log of 256 MiB, read to its last line, scrolled exactly, searched whole.

The same on 1 GiB is measured by bench/page.py.
"""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import OpenPage, Server
from e2e.logs import NUMBERED, has_moved, has_reached, open_log, press, sees, top_line

LINES = 2_684_354  # of 100 bytes: 256 MiB


@dataclass(frozen=True)
class Big:
    """A run whose log is large."""

    server: Server
    run_id: str

    def open(self, open_page: OpenPage, rest: str = "", **options: object) -> Page:
        page = open_page(self.server, "/", **options)
        open_log(page, self.server, self.run_id, rest)
        return page


@pytest.fixture(scope="module")
def big(server: Server) -> Iterator[Big]:
    run_id = server.record(NUMBERED, str(LINES))
    assert server.log_of(run_id).stat().st_size == LINES * 100
    yield Big(server, run_id)
    server.request("DELETE", f"/runs/{run_id}")


def test_criterion_08_a_log_of_256_mib_opens_in_few_rows_and_little_memory(
    big: Big, open_page: OpenPage
) -> None:
    page = big.open(open_page)
    assert page.locator("[data-line]").count() < 500
    for place in range(10):
        page.evaluate(f"location.hash = 'L{place * 260_000 + 7}'")
        sees(page, place * 260_000 + 7)
    assert page.locator("[data-line]").count() < 500
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    told = session.send("Performance.getMetrics")["metrics"]
    metrics = {each["name"]: each["value"] for each in told}
    assert metrics["JSHeapUsedSize"] < 100_000_000


@pytest.mark.parametrize("scale", [1, 2, 3])
def test_criterion_09_end_and_home_are_the_last_and_the_first_line(
    big: Big, open_page: OpenPage, scale: int
) -> None:
    page = big.open(open_page, device_scale_factor=scale)
    press(page, "End")
    sees(page, LINES)
    press(page, "Home")
    has_reached(page, 1)


def test_criterion_09_at_a_zoom_of_200_percent_too(big: Big, open_page: OpenPage) -> None:
    page = big.open(open_page, device_scale_factor=2, viewport={"width": 680, "height": 450})
    press(page, "End")
    sees(page, LINES)
    press(page, "Home")
    sees(page, 1)


def test_criterion_10_wheel_and_keys_move_exactly(big: Big, open_page: OpenPage) -> None:
    page = big.open(open_page, "#L1300000")
    sees(page, 1_300_000)
    before = top_line(page)
    page.get_by_role("region", name="Log of").hover()
    for tick in range(100):
        page.mouse.wheel(0, 60)
        has_moved(page, before + 3 * tick)
    has_reached(page, before + 300)
    rows = page.evaluate("Math.floor(document.querySelector('#log').clientHeight / 20)")
    press(page, "PageDown")
    has_moved(page, before + 300)
    moved = top_line(page) - before - 300
    assert rows - 3 <= moved <= rows
    at = top_line(page)
    press(page, "ArrowDown")
    has_moved(page, at)
    assert 1 <= top_line(page) - at <= 3


def test_criterion_11_a_range_in_the_address_opens_centred_and_marked(
    big: Big, open_page: OpenPage
) -> None:
    page = big.open(open_page, "#L1000000-L1000040")
    sees(page, 1_000_000)
    middle = page.evaluate(
        """() => {
          const view = document.querySelector('#log').getBoundingClientRect()
          const row = document.querySelector('[data-line="1000000"]').getBoundingClientRect()
          return Math.abs(row.top + row.height / 2 - (view.top + view.height / 2))
        }"""
    )
    assert middle <= 20
    expect(page.get_by_text("41 lines selected")).to_be_visible()
    page.evaluate("location.hash = 'L2000000'")
    sees(page, 2_000_000)
    page.get_by_role("link", name="Line 2000000").click()
    page.get_by_role("link", name="Line 2000005").click(modifiers=["Shift"])
    expect(page).to_have_url(re.compile("#L2000000-L2000005$"))


def _grep(big: Big, *arguments: str) -> int:
    log = big.server.log_of(big.run_id)
    return int(subprocess.run(["grep", "-c", *arguments, log], capture_output=True).stdout)


def test_criterion_12_ctrl_f_searches_the_whole_log(big: Big, open_page: OpenPage) -> None:
    total = _grep(big, "needle")
    page = big.open(open_page)
    page.keyboard.press("Control+f")
    field = page.get_by_role("searchbox", name="Find in log")
    expect(field).to_be_focused()
    field.fill("NEEDLE")
    words = page.locator("search")
    expect(words).to_contain_text(f"1 of {total:,} matches, line 1,000")
    sees(page, 1_000)
    page.wait_for_function("CSS.highlights.get('found-here')?.size === 1")
    field.press("Enter")
    expect(words).to_contain_text(f"2 of {total:,} matches, line 2,000")
    for _ in range(2):
        field.press("Shift+Enter")
    expect(words).to_contain_text(f"{total:,} of {total:,} matches, line {LINES:,}")
    sees(page, LINES)
    page.get_by_role("button", name="Match case").click()
    expect(words).to_contain_text("No matches")
    page.get_by_role("button", name="Regular expression").click()
    field.fill("needle|[")
    expect(words).to_contain_text(re.compile("missing|bracket|class|regex", re.I))
    expect(words).not_to_contain_text("q:")
    field.fill("00000[0-9]{3}00 needle")
    expected = _grep(big, "-E", "00000[0-9]{3}00 needle")
    expect(words).to_contain_text(f"of {expected:,} match")
    page.keyboard.press("Escape")
    expect(field).to_have_count(0)
