"""Criteria 3 to 7 where test_errors.py does not hold them already: find, reach, report, root."""

import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from markdown_it import MarkdownIt
from playwright.sync_api import expect
from tests.real import until

from e2e.conftest import OpenPage, Server, has_no_violation, read_clipboard, row_of

LONG_ERROR = """
raise ValueError("\\n".join(f"detail {number}" for number in range(5_000)) + "\\nthe last word")
"""
# What torchrun's own command is.
TORCHRUN = "from torch.distributed.run import main; main()"
RANK_3_FAILS = """
import os, time
if os.environ["RANK"] != "3":
    time.sleep(60)
def inner(): raise KeyError("label")
try:
    inner()
except KeyError as error:
    parts = [ValueError("one"), OSError("two")]
    raise ExceptionGroup("two went wrong", parts) from error
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
    button = row_of(page, run_id).get_by_role("button", name="Open error")
    button.click()
    dialog = page.get_by_role("dialog", name=server.api.show(run_id)["title"])
    expect(dialog.get_by_role("button", name="Copy error")).to_be_enabled()
    has_no_violation(page)
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
    button = row_of(page, run_id).get_by_role("button", name="Expand error")
    button.focus()
    before = page.evaluate("scrollY")
    page.keyboard.press("Enter")
    region = page.get_by_role("region", name="Full error of")
    expect(region).to_contain_text("the last word")
    assert abs(page.evaluate("scrollY") - before) <= 1
    for _ in range(8):
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
    expect(row_of(page, run_id).get_by_role("button", name="Expand error")).to_be_visible()
    # A browser's own find fires this before it scrolls to a match; window.find does not (Chromium).
    box.dispatch_event("beforematch")
    expect(page.get_by_role("region", name="Full error of")).to_be_visible()
    expect(row_of(page, run_id).get_by_role("button", name="Collapse error")).to_be_visible()


def _open_fences(markdown: str) -> list[str]:
    """The fences of a CommonMark text that run to its end without one that closes them."""
    tokens = [token for token in MarkdownIt().parse(markdown) if token.type == "fence"]
    lines = markdown.splitlines()
    last = [lines[token.map[1] - 1].strip() for token in tokens if token.map is not None]
    marks = [token.markup for token in tokens]
    return [mark for mark, line in zip(marks, last, strict=True) if not line.startswith(mark)]


def _cut(report: str, name: str) -> tuple[str, int, str]:
    """What a report shows of an error before and after its cut, and the count between."""
    fence = next(t for t in MarkdownIt().parse(report) if t.type == "fence" and name in t.content)
    found = re.search(rf"\n\[… ([\d,]+) characters are in {re.escape(name)} …\]\n", fence.content)
    assert found is not None
    end = fence.content[found.end() :].removesuffix("\n")
    return fence.content[: found.start()], int(found[1].replace(",", "")), end


def test_criterion_06_a_bug_report_fits_and_what_it_has_no_room_for_is_saved_with_it(
    set_up_server: Server, open_page: OpenPage
) -> None:
    server = set_up_server
    run_id = server.record(FENCES)
    server.is_taken(run_id)
    error = server.request("GET", f"/runs/{run_id}/error").decode()
    page = open_page(server, f"/runs/{run_id}")
    copy = page.get_by_role("button", name="Copy report and download full error")
    expect(copy).to_be_enabled()
    with page.expect_download() as waiting:
        copy.click()
    saved = waiting.value
    assert saved.suggested_filename == f"{run_id}-error.log"
    assert saved.path().read_text() == error.strip("\n")
    said = page.get_by_role("status").filter(
        has_text=f"{len(error.strip()):,} characters) was saved as"
    )
    expect(said).to_have_count(1)
    report = read_clipboard(page, server)
    assert report == server.request("GET", f"/runs/{run_id}/report.md").decode()
    assert 60_000 < len(report) <= 65_536 and saved.suggested_filename in report
    begin, moved, end = _cut(report, saved.suggested_filename)
    whole = saved.path().read_text()
    assert whole.startswith(begin) and whole.endswith(end)
    assert len(begin) + moved + len(end) == len(whole)
    assert _open_fences(report) == []


def test_criterion_06_a_new_issue_is_filled_in_by_an_address_that_is_not_refused(
    set_up_server: Server, open_page: OpenPage
) -> None:
    run_id = set_up_server.record(FENCES)
    page = open_page(set_up_server, f"/runs/{run_id}")
    page.get_by_role("button", name="More actions").click()
    link = page.get_by_role("menuitem", name="Open a new issue")
    address = str(link.get_attribute("href"))
    assert len(address.encode()) <= 8_000
    parts = urlsplit(address)
    assert (parts.hostname, parts.path) == ("github.com", "/acme/training/issues/new")
    asked = parse_qs(parts.query)
    assert "ValueError" in asked["title"][0] and len(asked["title"][0]) <= 256
    assert run_id in asked["body"][0] and _open_fences(asked["body"][0]) == []


def test_criterion_07_of_eight_ranks_the_one_that_failed_is_told_and_why(
    server: Server, open_page: OpenPage, tmp_path: Path
) -> None:
    script = tmp_path / "ranks.py"
    script.write_text(RANK_3_FAILS)
    run_id = server.record(TORCHRUN, "--standalone", "--nproc-per-node", "8", str(script))
    raw = server.log_of(run_id).read_text()
    assert "ChildFailedError" in raw and "rank      : 3" in raw
    found = json.loads(server.request("GET", f"/runs/{run_id}/diagnosis"))
    assert found["headline"] == "ExceptionGroup: two went wrong (2 sub-exceptions)"
    page = open_page(server, f"/runs/{run_id}")
    failure = page.get_by_text(found["headline"]).first
    expect(failure).to_be_visible()
    expect(page.get_by_role("heading", name="ChildFailedError")).to_have_count(0)
    types = ["KeyError", "ValueError", "OSError", "ExceptionGroup"]
    links = page.get_by_role("list").filter(has_text="KeyError").get_by_role("listitem")
    expect(links).to_have_count(len(types))
    assert [text.split(":")[0] for text in links.all_inner_texts()] == types
    assert raw.index("KeyError: 'label'") < raw.index("| ExceptionGroup: two went wrong")
    page.get_by_role("button", name="Raw").click()
    region = page.get_by_role("region", name="Full error of")
    error = server.request("GET", f"/runs/{run_id}/error").decode()
    until(lambda: region.evaluate("node => node.textContent") == error)
    assert error in raw


def test_library_frames_are_folded_and_the_choice_to_see_all_is_remembered(
    server: Server, open_page: OpenPage
) -> None:
    run_id = server.record("import json\njson.loads('{')")
    page = open_page(server, f"/runs/{run_id}")
    region = page.get_by_role("region", name="Full error of")
    folded = region.get_by_text("frames in Python")
    expect(folded).to_be_visible()
    expect(region.get_by_text("self.scan_once")).not_to_be_visible()
    page.get_by_role("button", name="Raw").click()
    expect(region.get_by_text("self.scan_once")).to_be_visible()
    page.reload()
    expect(region).to_contain_text("self.scan_once")
    expect(folded).to_have_count(0)
