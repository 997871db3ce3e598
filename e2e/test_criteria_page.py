"""Criterion 20 and what goes with it: keyboard, charts, palette, weight, many runs at once."""

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.real import until

from e2e.conftest import OpenPage, Server, has_no_violation, photograph, read_clipboard, row_of
from e2e.logs import GROWING, open_log, sees


def _tab_to(page: Page, name: str, most: int = 60) -> None:
    """Press Tab until what has the focus is called like this."""
    for _ in range(most):
        page.keyboard.press("Tab")
        label = page.evaluate(
            "() => (document.activeElement.ariaLabel ?? '') + document.activeElement.textContent"
        )
        if name in label:
            return
    raise AssertionError(f"{name!r} is not reached by Tab")


def test_criterion_20_from_the_list_to_a_line_of_the_log_by_keyboard(
    server: Server, open_page: OpenPage
) -> None:
    run_id = server.finished("raises-1kb", name="keys alone")
    page = open_page(server, f"/?q={run_id}", reduced_motion="reduce")
    expect(row_of(page, run_id)).to_be_visible()
    _tab_to(page, "Expand error")
    page.keyboard.press("Enter")
    _tab_to(page, "Open error")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name=server.api.show(run_id)["title"])
    expect(dialog.get_by_role("button", name="Copy error")).to_be_enabled()
    _tab_to(page, "Copy error")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("status").filter(has_text="copied")).to_have_count(1)
    error = server.request("GET", f"/runs/{run_id}/error").decode()
    assert read_clipboard(page, server) == error
    _tab_to(page, "View log")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Log of")).to_be_focused()
    page.keyboard.press("/")
    page.keyboard.type("example 12")
    page.keyboard.press("Enter")
    expect(page.locator("search")).to_contain_text("1 of 1 match, line 22")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    sees(page, 7)
    expect(page).to_have_url(re.compile("#L7$"))
    assert page.evaluate("document.getAnimations().length") == 0


def test_criterion_20_the_status_region_speaks_seldom_under_load(
    server: Server, open_page: OpenPage
) -> None:
    with server.recording(GROWING, "600") as run_id:
        page = open_page(server)
        open_log(page, server, run_id)
        page.get_by_role("region", name="Log of").hover()
        page.mouse.wheel(0, -400)
        expect(page.get_by_role("button", name="new lines")).to_be_visible()
        page.evaluate(
            """() => {
              window.spoken = []
              const look = () => spoken.push(performance.now())
              for (const region of document.querySelectorAll('[role=status]')) {
                const all = { childList: true, subtree: true, characterData: true }
                new MutationObserver(look).observe(region, all)
              }
            }"""
        )
        page.wait_for_function("() => spoken.length >= 2", timeout=60_000)
        spoken = page.evaluate("spoken")
    # At most one in five seconds, of lines that come each second; a busy page may draw one late.
    assert spoken[1] - spoken[0] >= 2_500


def _measure(server: Server, run_id: str, count: int, lost_from: int | None = None) -> None:
    """Give a finished run `count` measurements; one of them no number, or all from one on."""
    events = server.home / "runs" / run_id / "1" / "events.jsonl"
    with events.open("a") as file:
        for step in range(1, count + 1):
            lost = step == count // 2 if lost_from is None else step >= lost_from
            fact = {
                "time": "2026-01-01T00:00:00.000Z",
                "event": "metric",
                "step": step,
                "loss": None if lost else 1 + 100 / step,
                "learningRate": 0.0001,
                "gradNorm": 1.5,
                "nonFinite": ["loss"] if lost else [],
            }
            file.write(json.dumps(fact) + "\n")


def test_criterion_20_a_chart_of_very_many_points_has_a_name_and_a_table(
    server: Server, open_page: OpenPage
) -> None:
    run_id = server.finished("trains", name="many points")
    _measure(server, run_id, 100_000)
    page = open_page(server, f"/runs/{run_id}")
    chart = page.get_by_role("img", name="Loss,")
    expect(chart.locator("canvas")).to_be_visible()
    for words in ("lowest", "highest", "NaN or infinite once"):
        expect(chart).to_have_attribute("aria-label", re.compile(words))
    figure = page.get_by_role("figure").filter(has=chart)
    figure.get_by_text("Data table").click()
    table = figure.get_by_role("table")
    expect(table.get_by_role("columnheader", name="Loss")).to_be_visible()
    expect(table.get_by_role("row").nth(100)).to_be_attached()
    assert table.get_by_role("row").count() <= 203
    figure.get_by_role("button", name="log scale").click()
    expect(figure.get_by_role("button", name="log scale")).to_have_attribute("aria-pressed", "true")


def test_the_first_load_is_light_and_asks_nobody_else(server: Server, open_page: OpenPage) -> None:
    server.finished("raises-1kb")
    page = open_page(server, "/healthz")
    asked: list[str] = []
    scripts: list[int] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on(
        "response",
        lambda response: (
            scripts.append(int(response.headers["content-length"]))
            if response.url.endswith(".js")
            else None
        ),
    )
    client = page.context.new_cdp_session(page)
    client.send("Network.setCacheDisabled", {"cacheDisabled": True})
    page.goto(server.url)
    expect(page.get_by_role("row").nth(1)).to_be_visible()
    assert all(url.startswith(server.url) for url in asked)
    assert len(asked) <= 15, asked
    assert sum(scripts) <= 140_000, scripts


def test_the_palette_goes_anywhere_and_the_keys_can_be_turned_off(
    server: Server, open_page: OpenPage
) -> None:
    run_id = server.finished("exits-3", name="palette goal")
    page = open_page(server, "/system")
    expect(page.get_by_role("heading", name="System")).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("palette goal")
    field = page.get_by_role("combobox", name="Search pages, runs and errors")
    expect(field).to_have_value("palette goal")
    expect(page.get_by_role("option", name="palette goal").first).to_be_visible()
    has_no_violation(page)
    photograph(page, "palette")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/runs/{run_id}")
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(keys).to_be_visible()
    has_no_violation(page)
    photograph(page, "keys")
    keys.get_by_role("checkbox").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(keys).to_have_count(0)


def test_the_choice_in_the_palette_is_in_view_however_far_it_goes(
    server: Server, open_page: OpenPage
) -> None:
    server.finished("exits-3")
    page = open_page(server, "/system", viewport={"width": 390, "height": 560})
    expect(page.get_by_role("heading", name="System", level=1)).to_be_visible()
    page.keyboard.press("Control+k")
    options = page.get_by_role("listbox").get_by_role("option")
    expect(options.filter(has_text="run_")).not_to_have_count(0)
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    expect(options.last).to_be_in_viewport(ratio=0.9)


def test_selected_runs_are_deleted_at_once_after_one_question(
    own_server: Server, open_page: OpenPage
) -> None:
    own_server.finished("exits-3", name="first")
    own_server.finished("exits-4", name="second")
    page = open_page(own_server)
    for name in ("first", "second"):
        page.get_by_role("checkbox", name=f"Select {name}").check()
    bar = page.get_by_role("region", name="Selected runs")
    expect(bar).to_contain_text("2 runs selected")
    bar.get_by_role("button", name="Retry 2").click()
    expect(bar).to_have_count(0)
    for run in own_server.api.list(10, "", ""):
        until(lambda run_id=run["id"]: own_server.api.show(run_id)["attempt"] == 2)  # type: ignore[misc]
        own_server.wait(run["id"])
    for name in ("first", "second"):  # at the edge of what is 24 pixels wide
        label = page.locator("label").filter(
            has=page.get_by_role("checkbox", name=f"Select {name}")
        )
        label.click(position={"x": 2, "y": 2})
    bar.get_by_role("button", name="Delete 2").click()
    page.get_by_role("dialog", name="Delete 2 runs?").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No runs yet")).to_be_visible()
    assert own_server.api.list(10, "", "") == []


def test_the_list_stands_where_it_was_left(server: Server, open_page: OpenPage) -> None:
    for run_id in [server.run("exits-3", name=f"row {number}") for number in range(14)]:
        server.wait(run_id)
    page = open_page(server, "/", viewport={"width": 1360, "height": 500})
    expect(page.get_by_role("row").nth(10)).to_be_visible()
    page.evaluate("scrollTo(0, 400)")
    link = page.get_by_role("link", name="row 5", exact=True).first
    link.hover()  # which scrolls to it where runs of other tests stand above it
    before = page.evaluate("scrollY")
    link.click()
    page.wait_for_url("**/runs/run_*")
    page.go_back()
    expect(page.get_by_role("row").nth(10)).to_be_visible()
    page.wait_for_function("top => Math.abs(scrollY - top) < 40", arg=before)


def test_files_of_a_run_are_downloaded_and_carry_their_checksum(
    server: Server, open_page: OpenPage
) -> None:
    run_id = server.finished("trains")
    page = open_page(server, f"/runs/{run_id}")
    section = page.get_by_role("region", name="Artifacts")
    link = section.get_by_role("link", name="adapter_model.safetensors")
    with page.expect_download() as waiting:
        link.click()
    data = waiting.value.path().read_bytes()
    run = json.loads(server.request("GET", f"/runs/{run_id}"))
    assert data == (Path(run["outputDir"]) / "adapter_model.safetensors").read_bytes()
    expect(section.get_by_title(hashlib.sha256(data).hexdigest())).to_be_visible()


@pytest.mark.parametrize("later", [timedelta(minutes=59), timedelta(days=6), timedelta(days=60)])
def test_nothing_overflows_at_any_age(
    server: Server, open_page: OpenPage, later: timedelta
) -> None:
    """The words for a time differ in length with its age."""
    failed = server.finished("raises-1kb", name="narrow")
    trained = server.finished("trains", name="a name of many words that nobody would shorten")
    _measure(server, trained, 400, lost_from=200)
    page = open_page(server, "/", viewport={"width": 320, "height": 900})
    page.clock.set_fixed_time(datetime.now(UTC) + later)
    for name, path in (
        ("runs", "/"),
        ("run", f"/runs/{failed}"),
        ("trained", f"/runs/{trained}"),
        ("log", f"/runs/{failed}/log"),
        ("errors", "/errors"),
        ("new", "/new"),
        ("system", "/system"),
    ):
        page.goto(server.url + path)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        page.wait_for_load_state("networkidle")
        if name == "trained":
            expect(page.get_by_text("NaN or infinite at log entry 220")).to_be_visible()
        for width in (3840, 320):
            page.set_viewport_size({"width": width, "height": 900})
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, f"{path} is {wide} px wider than {width}"
