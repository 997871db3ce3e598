"""What a review of the page found wrong, each seen as whoever found it did."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import OpenPage, Server, _server, row_of

IDS = dict[str, str]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, IDS]]:
    """A server with some runs of each kind; their ids by name."""
    server = _server(tmp_path_factory.mktemp("findings"))
    server.start()
    losses = "for loss in (0.5, 0.4, 0.3, 0.2): print({'loss': loss})"
    ids = {
        "losses": server.record(losses),
        "trained": server.finished("trains", name="trained"),
        "killed": server.finished("dies-of-sigkill", name="killed"),
        "older": server.finished("raises", name="older failure"),
        "newer": server.finished("exits-3", name="newer failure"),
    }
    yield server, ids
    server.end()


def _at(page: Page, moment: datetime, path: str) -> None:
    page.clock.set_fixed_time(moment)
    page.goto(path)


def test_yesterday_is_the_day_before_by_the_calendar_of_the_reader(
    home: tuple[Server, IDS], open_page: OpenPage
) -> None:
    server, ids = home
    page = open_page(server, timezone_id="UTC")
    started = datetime.fromisoformat(server.api.show(ids["losses"])["startedAt"])
    midnight = datetime.combine(started.date(), time(), UTC) + timedelta(days=1)
    row = row_of(page, ids["losses"])
    _at(page, max(midnight, started + timedelta(hours=1)), server.url)
    expect(row.get_by_text("yesterday")).to_be_visible()
    _at(page, midnight + timedelta(hours=23, minutes=59), server.url)
    expect(row.get_by_text("yesterday")).to_be_visible()
    _at(page, midnight + timedelta(hours=24), server.url)
    expect(row.get_by_text("2 days ago")).to_be_visible()


def test_an_axis_of_which_nothing_is_known_counts_entries_and_no_steps(
    home: tuple[Server, IDS], open_page: OpenPage
) -> None:
    server, ids = home
    page = open_page(server, f"/runs/{ids['losses']}")
    chart = page.get_by_role("figure").filter(
        has=page.get_by_role("img", name=re.compile("^Loss,"))
    )
    expect(chart).to_contain_text("at log entry 4")
    chart.get_by_text("Data table").click()
    expect(chart.get_by_role("columnheader").first).to_have_text("Log entry")


def test_a_refusal_names_the_field_as_the_page_does_and_goes_with_its_value(
    home: tuple[Server, IDS], open_page: OpenPage
) -> None:
    server, _ = home
    page = open_page(server, "/new")
    page.get_by_label("Database").fill("ask_ai.db")
    field = page.get_by_label("Batch size")
    field.fill("4000000")
    page.get_by_role("button", name="Start training").click()
    refusal = page.get_by_text("Batch size: must be between 1 and 4,096, not 4000000")
    expect(refusal).to_have_count(1)
    expect(page.get_by_text("batchSize")).to_have_count(0)
    field.fill("4")
    expect(refusal).to_have_count(0)
    expect(page.get_by_text("Not started")).to_have_count(0)


def test_to_look_at_a_run_is_no_line_of_the_audit_and_a_login_names_the_browser(
    home: tuple[Server, IDS], open_page: OpenPage
) -> None:
    server, ids = home
    page = open_page(server, f"/runs/{ids['trained']}")
    expect(page.get_by_role("heading", name="Artifacts")).to_be_visible()
    page.wait_for_load_state("networkidle")
    audit = json.loads(server.request("GET", "/audit"))["entries"]
    assert {entry["action"] for entry in audit} == {"login", "start"}
    page.goto(f"{server.url}/system/audit")
    expect(page.get_by_role("cell", name="login Chrome on Linux").first).to_be_visible()


def test_a_killed_run_shows_no_sentence_of_ours_as_if_it_had_printed_it(
    home: tuple[Server, IDS], open_page: OpenPage
) -> None:
    server, ids = home
    page = open_page(server, f"/runs/{ids['killed']}")
    expect(page.get_by_role("heading", name="Killed (SIGKILL)")).to_be_visible()
    expect(page.get_by_role("heading", name="Log", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name="Error", exact=True)).to_have_count(0)


def test_an_open_error_stands_in_the_address_and_leads_to_the_next(
    home: tuple[Server, IDS], open_page: OpenPage
) -> None:
    server, ids = home
    page = open_page(server, "/?status=failed")
    button = row_of(page, ids["newer"]).get_by_role("button", name="Open error")
    button.click()
    expect(page.get_by_role("dialog", name="No error was printed (exit code 3)")).to_be_visible()
    page.get_by_role("button", name="Older failure", exact=True).press("Enter")
    dialog = page.get_by_role("dialog", name="The dataset is empty")
    expect(dialog.get_by_role("region", name="Full error")).to_contain_text("has no label")
    expect(page).to_have_url(re.compile(rf"status=failed&error={ids['older']}$"))
    page.reload()
    expect(dialog.get_by_role("link", name="older failure")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page).to_have_url(re.compile("status=failed$"))
    row_of(page, ids["older"]).get_by_role("button", name="Open error").click()
    dialog.get_by_role("link", name="older failure").click()
    page.wait_for_url(f"**/runs/{ids['older']}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("older failure")


def test_after_runs_are_deleted_the_focus_and_a_word_remain(
    home: tuple[Server, IDS], open_page: OpenPage
) -> None:
    server, _ = home
    for name in ("first of two", "second of two"):
        server.finished("exits-4", name=name)
    page = open_page(server)
    for name in ("first of two", "second of two"):
        page.get_by_role("checkbox", name=f"Select {name}").check()
    bar = page.get_by_role("region", name="Selected runs")
    bar.get_by_role("button", name="Delete 2").press("Enter")
    dialog = page.get_by_role("dialog", name="Delete 2 runs?")
    for name in ("first of two", "second of two"):
        expect(dialog.get_by_role("listitem").filter(has_text=name)).to_be_visible()
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("status", name="Done just now")).to_contain_text("Deleted 2 runs")
    expect(page.get_by_role("row").filter(has_text="of two")).to_have_count(0)
    assert page.evaluate("document.activeElement !== document.body")


def test_carets_stay_below_the_code_they_mark_on_a_phone(
    home: tuple[Server, IDS], open_page: OpenPage
) -> None:
    server, _ = home
    folder = server.home.parent / "a-folder-that-makes-a-line-long"
    folder.mkdir()
    long = "the_model_that_is_trained_here"
    (folder / "train.py").write_text(f"def {long}(n):\n    return 1 + {long}[0](n / 0) + 3\n")
    script = f"import sys; sys.path[:0] = [{str(folder)!r}]; import train; train.{long}(1)"
    page = open_page(
        server, f"/runs/{server.record(script)}", viewport={"width": 320, "height": 844}
    )
    error = page.get_by_role("region", name="Full error")
    code = error.get_by_text(f"return 1 + {long}[0]").first
    expect(code).to_contain_text("^^^")
    tops = code.evaluate("node => [...node.getClientRects()].map(line => line.top)")
    assert len(set(tops)) == 2  # the code, and its carets: neither is torn in two
    page.get_by_role("button", name="More actions").click()
    expect(page.get_by_role("menuitem", name="Delete")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_fix_lists_problems_in_its_narrow_dialog_with_buttons_whole(
    home: tuple[Server, IDS], open_page: OpenPage
) -> None:
    server, _ = home
    run = server.finished("fits-4-examples", name="too large", batchSize=8)
    page = open_page(server, f"/runs/{run}")
    page.get_by_role("button", name="Retry with batch size").click()
    copy = page.get_by_role("dialog").get_by_role("button", name="Copy").first
    expect(copy).to_be_visible()
    height = copy.evaluate("node => node.getBoundingClientRect().height")
    assert height < 40  # one line: its letters do not stand below each other


def test_rows_are_made_comfortable_and_stay_so(
    home: tuple[Server, IDS], open_page: OpenPage
) -> None:
    server, ids = home
    page = open_page(server)
    row = row_of(page, ids["older"])
    height = "row => row.getBoundingClientRect().height"
    before = row.evaluate(height)
    page.goto(f"{server.url}/system/settings")
    page.get_by_label("Rows of the list").select_option("Comfortable")
    page.goto(server.url)
    assert row.evaluate(height) >= before + 14
    page.goto(f"{server.url}/system/settings")
    expect(page.get_by_label("Rows of the list")).to_have_value("comfortable")
