"""Criteria 3 to 7 where test_errors.py does not hold them already: find, reach, report, root."""

import json
import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from e2e.conftest import Server, row_of

OpenPage = Callable[..., Page]

LONG_ERROR = """
raise ValueError("\\n".join(f"detail {number}" for number in range(5_000)) + "\\nthe last word")
"""
FENCES = """
raise ValueError("``` closes </details> early\\n````\\n" + "x" * 70_000)
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_criterion_03_the_dialog_has_no_violations_and_gives_the_focus_back(
    server: Server, open_page: OpenPage, scheme: str
) -> None:
    run_id = server.finished("raises-1kb")
    page = open_page(server, f"/?q={run_id}", color_scheme=scheme)
    button = row_of(page, run_id).get_by_role("button", name="View error")
    button.click()
    dialog = page.get_by_role("dialog", name="Training run error")
    expect(dialog.get_by_role("button", name="Copy error")).to_be_enabled()
    result = Axe().run(page)
    assert result.violations_count == 0, result.generate_report()
    page.keyboard.press("Control+a")
    everything = page.evaluate("getSelection().toString()")
    assert "Search runs" not in everything and "Start training" not in everything
    page.keyboard.press("Escape")
    expect(button).to_be_focused()


def test_criterion_04_the_last_line_of_a_long_error_is_reached_by_keyboard(
    server: Server, open_page: OpenPage
) -> None:
    run_id = server.record(LONG_ERROR)
    page = open_page(server, f"/?q={run_id}")
    button = row_of(page, run_id).get_by_role("button", name="Show full error")
    button.focus()
    before = page.evaluate("scrollY")
    page.keyboard.press("Enter")
    region = page.get_by_role("region", name="Full error of")
    expect(region).to_contain_text("the last word")
    assert abs(page.evaluate("scrollY") - before) <= 1
    for _ in range(4):
        page.keyboard.press("Tab")
        if region.evaluate("node => node === document.activeElement"):
            break
    page.keyboard.press("Control+End")
    page.wait_for_function(
        """() => {
          const region = document.activeElement
          return region.scrollTop > 0
            && region.scrollTop + region.clientHeight >= region.scrollHeight - 2
        }"""
    )


def test_criterion_05_a_word_in_a_collapsed_error_is_found_and_shown(
    server: Server, open_page: OpenPage
) -> None:
    run_id = server.record("raise ValueError('first line\\n' + 'x\\n' * 200 + 'zeugma')")
    page = open_page(server, f"/?q={run_id}")
    box = page.locator("[hidden=until-found]").filter(has_text="zeugma")
    expect(box).to_have_count(1)
    expect(row_of(page, run_id).get_by_role("button", name="Show full error")).to_be_visible()
    # A browser's own find fires this before it scrolls to a match; window.find does not (Chromium).
    box.dispatch_event("beforematch")
    expect(page.get_by_role("region", name="Full error of")).to_be_visible()
    expect(row_of(page, run_id).get_by_role("button", name="Show less")).to_be_visible()


def _fences_are_closed(markdown: str) -> bool:
    """Whether every fence of a CommonMark text is closed by one at least as long."""
    opened: str | None = None
    for line in markdown.splitlines():
        if not (fence := re.match(r"^(`{3,})", line)):
            continue
        if opened is None:
            opened = fence[1]
        elif len(fence[1]) >= len(opened) and not line.strip("` "):
            opened = None
    return opened is None


def test_criterion_06_a_bug_report_fits_and_every_fence_is_closed(
    server: Server, open_page: OpenPage
) -> None:
    run_id = server.record(FENCES)
    page = open_page(server, f"/runs/{run_id}")
    expect(page.get_by_role("button", name="Copy bug report")).to_be_enabled()
    report = server.request("GET", f"/runs/{run_id}/report.md").decode()
    assert len(report) <= 65_536
    assert _fences_are_closed(report)
    assert len(report.splitlines()[0].lstrip("# ")) <= 256


def test_criterion_07_the_headline_of_a_chain_is_its_root(
    server: Server, open_page: OpenPage
) -> None:
    script = (
        "def inner(): raise KeyError('label')\n"
        "try: inner()\n"
        "except KeyError as error:\n"
        "    parts = [ValueError('one'), OSError('two')]\n"
        "    raise ExceptionGroup('two went wrong', parts) from error\n"
    )
    run_id = server.record(script)
    found = json.loads(server.request("GET", f"/runs/{run_id}/diagnosis"))
    page = open_page(server, f"/runs/{run_id}")
    expect(page.get_by_text(found["headline"]).first).to_be_visible()
    assert "ChildFailedError" not in found["headline"]
    if len(found["chain"]) > 1:
        chain = page.get_by_role("list").filter(has_text=found["chain"][0]["type"]).first
        expect(chain.get_by_role("listitem")).to_have_count(len(found["chain"]))
    page.get_by_role("button", name="As printed").click()
    shown = page.get_by_role("region", name="Full error of").inner_text()
    error = server.request("GET", f"/runs/{run_id}/error").decode()
    assert shown.strip().split() == error.strip().split()


def test_library_frames_are_folded_and_the_choice_to_see_all_is_remembered(
    server: Server, open_page: OpenPage
) -> None:
    run_id = server.record("import json\njson.loads('{')")
    page = open_page(server, f"/runs/{run_id}")
    region = page.get_by_role("region", name="Full error of")
    folded = region.get_by_text("frames in Python")
    expect(folded).to_be_visible()
    expect(region.get_by_text("self.scan_once")).not_to_be_visible()
    page.get_by_role("button", name="As printed").click()
    expect(region.get_by_text("self.scan_once")).to_be_visible()
    page.reload()
    expect(region).to_contain_text("self.scan_once")
    expect(folded).to_have_count(0)
