"""The criteria that name Firefox: copying on plain http, finding, the ends of a log, selecting."""

import os
import shutil
from collections.abc import Iterator

import pytest

from e2e.conftest import Server
from e2e.firefox import Firefox, firefox
from e2e.logs import GROWING, HEARD_OF, NUMBERED

LOSSES = (
    "import sys\nfor n in range(1, 41): print({'loss': float(sys.argv[2]) / n, 'epoch': n / 10})"
)

PROGRAM = os.environ.get("LASTWORDS_FIREFOX") or shutil.which("firefox-esr")
LINES = 2_000_000  # of 100 bytes: 40 million pixels, more than Firefox lets an element be high

pytestmark = pytest.mark.skipif(
    PROGRAM is None, reason="there is no firefox-esr here: apt-get install firefox-esr"
)

_FULL = "document.querySelector('[aria-label^=\"Full error of\"]')"
_TOP = """(() => {
  const view = document.querySelector('#log').getBoundingClientRect()
  const seen = [...document.querySelectorAll('[data-line]')].filter((row) =>
    row.getBoundingClientRect().top >= view.top - 0.5)
  return Math.min(...seen.map((row) => Number(row.dataset.line)))
})()"""
_IN_VIEW = """((number) => {
  const row = document.querySelector(`[data-line="${number}"]`)
  if (!row?.querySelector('[data-text]')) return false
  const view = document.querySelector('#log').getBoundingClientRect()
  const box = row.getBoundingClientRect()
  return box.top >= view.top - 1 && box.bottom <= view.bottom + 1
})(arguments[0])"""


@pytest.fixture(scope="module")
def browser_of_debian(
    server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Firefox]:
    assert PROGRAM is not None
    with firefox(PROGRAM, tmp_path_factory.mktemp("firefox")) as started:
        started.goto(f"{server.url}/?token={server.token}")
        assert started.evaluate("isSecureContext") is False
        yield started


def _read_clipboard(page: Firefox, server: Server) -> str:
    """What is on the clipboard, read by a page of a secure origin in the same browser."""
    before = page.tab
    page.new_tab()
    page.goto(f"http://127.0.0.1:{server.port}/healthz")
    text = str(page.evaluate("navigator.clipboard.readText()"))
    page.command("WebDriver:CloseWindow")
    page.switch(before)
    return text


@pytest.mark.parametrize("size", ["1kb", "1mb", "10mb"])
def test_criterion_01_in_firefox_the_copied_error_is_the_whole_error(
    server: Server, browser_of_debian: Firefox, request: pytest.FixtureRequest, size: str
) -> None:
    is_large = size == "10mb"
    run_id = (
        request.getfixturevalue("ten_megabytes") if is_large else server.finished(f"raises-{size}")
    )
    page = browser_of_debian
    page.goto(f"{server.url}/?q={run_id}")
    page.click("Open error")
    page.click("Copy error", within="dialog")
    page.wait("document.querySelector('dialog')?.textContent.includes('copied (')")
    assert _read_clipboard(page, server).encode() == server.request("GET", f"/runs/{run_id}/error")


def test_criterion_05_firefox_finds_a_word_in_a_collapsed_error_and_shows_it(
    server: Server, browser_of_debian: Firefox
) -> None:
    run_id = server.record("raise ValueError('first\\n' + 'x\\n' * 200 + 'zeug' 'ma')")
    page = browser_of_debian
    page.goto(f"{server.url}/?q={run_id}")
    page.wait("document.querySelector('[hidden=until-found]')?.textContent.includes('zeugma')")
    assert page.evaluate("window.find('zeugma')")
    page.wait(f"{_FULL}?.textContent.includes('zeugma')")
    assert page.evaluate("document.querySelector('[hidden=until-found]') === null")


def test_criterion_09_in_firefox_end_and_home_are_the_last_and_the_first_line(
    server: Server, browser_of_debian: Firefox
) -> None:
    run_id = server.record(NUMBERED, str(LINES))
    page = browser_of_debian
    page.goto(f"{server.url}/runs/{run_id}/log")
    page.wait("document.activeElement.id === 'log'")
    page.press("End")
    page.wait(_IN_VIEW, LINES)
    page.press("Home")
    page.wait(_IN_VIEW, 1)
    assert page.evaluate(_TOP) == 1
    server.request("DELETE", f"/runs/{run_id}")


def test_criterion_14_in_firefox_a_dragged_selection_survives_appends(
    server: Server, browser_of_debian: Firefox
) -> None:
    page = browser_of_debian
    with server.recording(GROWING, "600") as run_id:
        page.goto(f"{server.url}/runs/{run_id}/log")
        page.wait("document.querySelectorAll('[data-text]').length > 15")
        box = page.evaluate("document.querySelector('#log').getBoundingClientRect().toJSON()")
        x, y = int(box["x"]), int(box["y"])
        page.drag((x + 120, y + 110), (x + 180, y + 230))
        selected = page.evaluate("getSelection().toString()")
        assert 4 <= selected.count("\n") <= 8
        lines = "Number(document.body.innerText.match(/([\\d,]+) new lines/)?.[1].replace(',', ''))"
        page.wait(f"{lines} > 1000")
        assert page.evaluate("getSelection().toString()") == selected
        page.press("Control", "c")
        copied = _read_clipboard(page, server)
    assert copied.count("\n") >= 4
    assert copied.encode() in server.log_of(run_id).read_bytes()


def test_a_tab_that_nobody_looks_at_counts_what_ended_in_its_title(
    server: Server, browser_of_debian: Firefox
) -> None:
    page = browser_of_debian
    run_id = server.run("waits-then-exits-3", name="worth waiting for")
    server.wait(run_id, "running")
    page.goto(server.url)
    page.wait("document.body.innerText.includes('worth waiting for')")
    page.wait(HEARD_OF)
    watched = page.tab
    page.new_tab()
    page.command("WebDriver:SwitchToWindow", {"handle": watched, "focus": False})
    page.wait("document.hidden")
    (server.log_of(run_id).parent / "go").touch()
    server.wait(run_id)
    page.wait("document.title.startsWith('(1) Runs')")
    page.switch(watched)
    page.wait("document.title.startsWith('Runs')")


def test_a_run_is_labelled_shared_and_found_again_in_firefox(
    server: Server, browser_of_debian: Firefox
) -> None:
    page = browser_of_debian
    run_id = server.finished("raises")
    page.goto(f"{server.url}/runs/{run_id}")
    page.click("Edit labels")
    page.wait("document.activeElement.name === 'name'")
    page.type("fox")
    page.press("Tab")
    page.type("burrow")
    page.press("Enter")
    page.wait("document.querySelector('h1')?.textContent.includes('fox')")
    assert server.api.show(run_id)["labels"]["project"] == "burrow"
    page.click("Share…")
    page.click("Create link", within="dialog")
    link = page.wait("document.querySelector('dialog input[readonly]')?.value")
    page.click("Copy link", within="dialog")
    page.wait("document.querySelector('dialog')?.textContent.includes('Copied')")
    assert _read_clipboard(page, server) == link
    page.press("Escape")
    page.goto(f"{server.url}/?q=project:burrow")
    page.click("Save view")
    page.wait("document.activeElement.tagName === 'INPUT'")
    page.type("foxes")
    page.press("Enter")
    page.goto(server.url)
    page.click("foxes")
    page.wait(
        "location.search === '?q=project%3Aburrow' || location.search === '?q=project:burrow'"
    )
    page.wait("document.querySelectorAll('tbody [data-run]').length === 1")
    server.request("DELETE", "/views/foxes")


def test_runs_are_compared_zoomed_and_mended_in_firefox(
    server: Server, browser_of_debian: Firefox
) -> None:
    page = browser_of_debian
    ids = [server.record(LOSSES, "--scale", scale) for scale in ("1", "2")]
    page.goto(f"{server.url}/?q=scale:>0")
    page.wait("document.querySelectorAll('tbody [data-run]').length === 2")
    page.evaluate("document.querySelector('thead input').click()")
    page.click("Compare")
    page.wait("document.querySelector('h1')?.textContent === 'Compare 2 runs'")
    assert set(page.evaluate("location.search").rpartition("=")[2].split(",")) == set(ids)
    page.wait("document.querySelector('.u-over')")
    page.evaluate("document.querySelector('.u-over').scrollIntoView({block: 'center'})")
    box = page.evaluate("document.querySelector('.u-over').getBoundingClientRect().toJSON()")
    x, y = int(box["x"]), int(box["y"]) + 40
    page.drag((x + 40, y), (x + 160, y + 10))
    page.wait("location.search.includes('zoom=')")
    page.click("Reset zoom")
    page.wait("!location.search.includes('zoom=')")
    run_id = server.finished("fits-4-examples", batchSize=8)
    page.goto(f"{server.url}/runs/{run_id}")
    page.click("Retry with batch size 8 → 4")
    page.wait("document.querySelector('dialog')?.textContent.includes('8 → 4')")
    page.click("Retry", within="dialog")
    page.wait("document.querySelector('dialog') === null")
    assert server.wait(run_id, "completed")["attempt"] == 2
