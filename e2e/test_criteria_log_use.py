"""Criteria 13 to 19: copying, selecting, following, hostile bytes, progress bars, lost logs."""

import re
import signal
from pathlib import Path

from playwright.sync_api import Page, expect
from tests.real import until

from e2e.conftest import OpenPage, Server, read_clipboard
from e2e.logs import GROWING, NUMBERED, has_moved, has_passed, open_log, press, sees, top_line

LONG_ENOUGH = "600"  # ticks of a tenth of a second

HOSTILE = r"""
import os
os.write(1, b"<script>document.title='owned'</script>\n<img src=x onerror=alert(2)>\n")
os.write(1, b"\x1b]8;;javascript:alert(3)\x07click\x1b]8;;\x07\n\x1b]0;title\x07 after\n")
os.write(1, b"admin\xe2\x80\xaegnp.exe\n\x00 nul \xff\xfe bytes\n\x1b[3")
os.write(1, b"1msplit\x1b[0m\n")
os.write(1, b"x" * 10_000_000 + b"\nlast\n")
"""
PROGRESS = r"""
import sys
print("before")
for step in range(1, 100_001):
    sys.stdout.write(f"\r{step / 1000:.0f}%|####| {step}/100000 [00:01<00:00, 99it/s]")
print("\nafter")
"""
_CHUNKED = 8_000


def watch_long_tasks(page: Page) -> None:
    page.add_init_script(
        "window.longest = 0; new PerformanceObserver((list) => {"
        "for (const entry of list.getEntries()) longest = Math.max(longest, entry.duration)"
        "}).observe({ type: 'longtask', buffered: true })"
    )


def test_criterion_13_sixty_thousand_lines_are_copied_exactly(
    server: Server, open_page: OpenPage
) -> None:
    run_id = server.record(NUMBERED, "60500")
    page = open_page(server)
    open_log(page, server, run_id, "#L10")
    sees(page, 10)
    page.get_by_role("spinbutton", name="Go to line").fill("60000")
    page.get_by_role("link", name="Line 10", exact=True).click()
    page.mouse.wheel(0, 5_000_000)
    press(page, "End")
    for _ in range(_CHUNKED):
        if page.locator('[data-line="60010"]').count():
            break
        before = top_line(page)
        press(page, "PageUp")
        has_moved(page, before)
    page.get_by_role("link", name="Line 60010").click(modifiers=["Shift"])
    expect(page.get_by_text("60,001 lines selected")).to_be_visible()
    copy = page.get_by_role("button", name="Copy lines")
    expect(copy).to_be_enabled()
    copy.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    lines = server.log_of(run_id).read_bytes().splitlines(keepends=True)
    assert read_clipboard(page, server).encode() == b"".join(lines[9:60_010])
    press(page, "Control+a")
    expect(page.get_by_text("60,500 lines selected")).to_be_visible()
    expect(copy).to_be_enabled()
    press(page, "Control+c")
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert read_clipboard(page, server).encode() == b"".join(lines)


def test_criterion_14_a_selection_survives_appends(server: Server, open_page: OpenPage) -> None:
    with server.recording(GROWING, LONG_ENOUGH) as run_id:
        page = open_page(server)
        open_log(page, server, run_id)
        rows = page.locator("[data-text]")
        expect(rows.nth(12)).to_be_visible()
        region = page.get_by_role("region", name="Log of").bounding_box()
        assert region is not None
        page.mouse.move(region["x"] + 120, region["y"] + 116)
        page.mouse.down()
        page.mouse.move(region["x"] + 180, region["y"] + 236, steps=6)
        page.mouse.up()
        selected = page.evaluate("getSelection().toString()")
        assert selected.count("\n") >= 4
        size = server.log_of(run_id).stat().st_size
        expect(page.get_by_role("button", name="new lines")).to_be_visible()
        until(lambda: server.log_of(run_id).stat().st_size > size + 30_000)
        assert page.evaluate("getSelection().toString()") == selected
        page.keyboard.press("Control+c")
        copied = read_clipboard(page, server)
    assert copied.encode() in server.log_of(run_id).read_bytes()
    assert copied.count("\n") >= 4


def test_criterion_15_following_pauses_and_resumes(server: Server, open_page: OpenPage) -> None:
    with server.recording(GROWING, LONG_ENOUGH) as run_id:
        page = open_page(server)
        open_log(page, server, run_id)
        expect(page.get_by_text("Following", exact=True)).to_be_visible()
        first = top_line(page)
        has_passed(page, first + 1_000)
        page.get_by_role("region", name="Log of").hover()
        page.mouse.wheel(0, -20)
        pill = page.get_by_role("button", name="new lines")
        expect(pill).to_be_visible()
        paused = top_line(page)
        text = page.locator(f'[data-line="{paused}"] [data-text]').inner_text()
        size = server.log_of(run_id).stat().st_size
        until(lambda: server.log_of(run_id).stat().st_size > size + 40_000)
        assert top_line(page) == paused
        assert page.locator(f'[data-line="{paused}"] [data-text]').inner_text() == text
        # Criterion 11: a link to a line survives that the log grows.
        page.evaluate("location.hash = 'L7'")
        sees(page, 7)
        size = server.log_of(run_id).stat().st_size
        until(lambda: server.log_of(run_id).stat().st_size > size + 20_000)
        sees(page, 7)
        press(page, "End")
        expect(page.get_by_text("Following", exact=True)).to_be_visible()
        has_passed(page, paused)


def test_criterion_16_eight_tabs_follow_at_once(server: Server, open_page: OpenPage) -> None:
    with server.recording(GROWING, LONG_ENOUGH) as run_id:
        first = open_page(server)
        open_log(first, server, run_id)
        pages = [first, *(first.context.new_page() for _ in range(7))]
        for page in pages[1:]:
            open_log(page, server, run_id)
        for page in pages:
            status = page.evaluate("async () => (await fetch('/api/training/runs?limit=1')).status")
            assert status == 200
        line = top_line(first)
        has_passed(first, line + 1_000)


def test_criterion_17_a_hostile_log_does_nothing(server: Server, open_page: OpenPage) -> None:
    run_id = server.record(HOSTILE)
    page = open_page(server)
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    page.add_init_script(
        "window.reports = []; document.addEventListener('securitypolicyviolation',"
        "(event) => reports.push(event.violatedDirective))"
    )
    watch_long_tasks(page)
    open_log(page, server, run_id, "?wrap=1#L1")
    region = page.get_by_role("region", name="Log of")
    expect(region).to_contain_text("<script>document.title='owned'</script>")
    expect(region.get_by_title("U+202E")).to_be_visible()
    expect(region).to_contain_text("click")
    expect(region).to_contain_text("split")
    expect(region.get_by_role("button", name="Show full line")).to_be_visible()
    assert "owned" not in page.title()
    protocols = set(page.evaluate("[...document.querySelectorAll('a')].map((a) => a.protocol)"))
    assert protocols <= {"http:", "https:", "mailto:"}
    assert dialogs == [] and page.evaluate("reports") == []
    assert server.request("GET", f"/runs/{run_id}/log") == server.log_of(run_id).read_bytes()


def test_criterion_18_a_progress_bar_is_its_last_words(server: Server, open_page: OpenPage) -> None:
    run_id = server.record(PROGRESS)
    page = open_page(server)
    open_log(page, server, run_id)
    row = page.locator('[data-line="2"]')
    expect(row).to_contain_text("100000/100000")
    more = row.get_by_role("button", name="updates")
    expect(more).to_contain_text("about")
    more.click()
    whole = page.get_by_role("dialog").get_by_role("region")
    expect(whole).to_contain_text("1/100000")
    expect(page.locator("[data-line]")).to_have_count(3)
    assert server.request("GET", f"/runs/{run_id}/log") == server.log_of(run_id).read_bytes()
    # What was written over is found too: its row stands out, though it no longer shows it.
    open_log(page, server, run_id, "?find=50001/100000")
    expect(page.locator("search")).to_contain_text("1 of 1 match, line 2")
    page.wait_for_function("CSS.highlights.get('found-here')?.size === 1")


def test_criterion_19_a_server_that_dies_mid_follow_is_said_and_comes_back(
    own_server: Server, open_page: OpenPage
) -> None:
    with own_server.recording(GROWING, LONG_ENOUGH) as run_id:
        page = open_page(own_server)
        open_log(page, own_server, run_id)
        page.get_by_role("region", name="Log of").hover()
        page.mouse.wheel(0, -40)
        expect(page.get_by_role("button", name="new lines")).to_be_visible()
        line = top_line(page)
        own_server.end(signal.SIGKILL)
        expect(page.get_by_text("Can’t reach the server")).to_be_visible(timeout=40_000)
        sees(page, line + 5)
        own_server.start()
        expect(page.get_by_text("Can’t reach the server")).to_have_count(0)
        press(page, "End")
        expect(page.get_by_text("Following", exact=True)).to_be_visible()


def _replace(log: Path, content: bytes) -> None:
    """Rotate a log: another file in its place."""
    fresh = log.with_suffix(".new")
    fresh.write_bytes(content)
    fresh.rename(log)


FIVE_HUNDRED = "import time\nfor n in range(500): print('line', n, flush=True)\ntime.sleep(120)"


def test_criterion_19_a_log_that_is_removed_or_replaced_is_back_and_never_a_blank_pane(
    server: Server, open_page: OpenPage
) -> None:
    with server.recording(FIVE_HUNDRED) as run_id:
        server.log_says(run_id, b"line 499\n")
        page = open_page(server)
        open_log(page, server, run_id, "#L100")
        sees(page, 100)
        log = server.log_of(run_id)
        content = log.read_bytes()
        log.rename(log.with_suffix(".gone"))
        until(lambda: log.exists() and log.read_bytes() == content)
        sees(page, 100)
        _replace(log, b"rotated\n" * 400)
        until(lambda: log.read_bytes() == content)
        expect(page.locator('[data-line="100"]')).to_contain_text("line 99")


def test_criterion_19_a_log_that_is_cut_short_says_so_and_is_never_a_blank_pane(
    server: Server, open_page: OpenPage
) -> None:
    with server.recording(FIVE_HUNDRED) as run_id:
        server.log_says(run_id, b"line 499\n")
        page = open_page(server)
        open_log(page, server, run_id, "#L100")
        sees(page, 100)
        with server.log_of(run_id).open("r+b") as file:
            file.truncate(sum(len(f"line {number}\n") for number in range(50)))
        expect(page.get_by_text(re.compile("The log was (truncated|restarted)"))).to_be_visible()
        expect(page.locator('[data-line="50"]')).to_contain_text("line 49")
