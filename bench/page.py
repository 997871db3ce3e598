"""What the page weighs and how soon it is there, in a real browser over localhost.

python -m bench.page [--json] [--runs N ...] [--log-mib N]

For lists of some, many and very many runs: JavaScript and requests of a first load with an empty
cache, time to the first row, the longest task, and the heap; then, in use, the longest time from an
input to the frame that answers it (INP) and what moved unasked (CLS), on the list and on a run.
These have bounds (BOUNDS): exit code 1 if one does not hold. For a log: time to its first lines
(with its index still to be made), to its last line, and to the first match of a search.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from e2e.conftest import LAUNCH, Server
from e2e.logs import NUMBERED
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from bench.homes import with_runs

RUNS = (62, 1_000, 100_001)
BOUNDS = {
    "scriptBytes": 140_000,
    "requests": 15,
    "inp": 200,  # ms
    "listShift": 0.05,
    "runShift": 0.05,
}
LOG_MIB = 1_024
LINE = 100  # bytes of a line of NUMBERED
PATIENCE_MS = 120_000

# What a recorded training leaves: losses to draw, and an error to read.
FAILED = """
for step in range(1, 400):
    print({"loss": 5 / step ** 0.3, "learning_rate": 1e-4, "epoch": step / 100})
raise KeyError("completion")
"""

_WATCH = """
  window.tasks = []
  window.inputs = {}
  window.shift = 0
  new PerformanceObserver((list) => {
    for (const { interactionId, duration } of list.getEntries())
      if (interactionId) inputs[interactionId] = Math.max(inputs[interactionId] ?? 0, duration)
  }).observe({ type: 'event', durationThreshold: 16, buffered: true })
  new PerformanceObserver((list) => {
    for (const { hadRecentInput, value } of list.getEntries()) if (!hadRecentInput) shift += value
  }).observe({ type: 'layout-shift', buffered: true })
  new PerformanceObserver((list) => tasks.push(...list.getEntries().map((each) => each.duration)))
    .observe({ type: 'longtask', buffered: true })
  const seen = (selector, name) => {
    const look = () => document.querySelector(selector)
      ? performance.mark(name) : requestAnimationFrame(look)
    look()
  }
  addEventListener('DOMContentLoaded', () => {
    seen('tbody tr', 'row')
    seen('[data-text]', 'line')
  })
"""
_TOLD = """(name) => {
  const files = performance.getEntriesByType('resource')
  const scripts = files.filter((file) => file.name.endsWith('.js'))
  return {
    milliseconds: Math.round(performance.getEntriesByName(name)[0].startTime),
    requests: files.length + 1,
    scriptBytes: scripts.reduce((sum, file) => sum + file.encodedBodySize, 0),
    longestTask: Math.round(Math.max(0, ...tasks)),
  }
}"""


@contextmanager
def opened(browser: Browser, server: Server) -> Iterator[Page]:
    """A page that is logged in, with nothing in its cache."""
    context: BrowserContext = browser.new_context(viewport={"width": 1360, "height": 900})
    page = context.new_page()
    page.goto(f"{server.url}/?token={server.token}")
    page.goto(f"{server.url}/healthz")
    context.new_cdp_session(page).send("Network.setCacheDisabled", {"cacheDisabled": True})
    page.add_init_script(_WATCH)
    page.set_default_timeout(PATIENCE_MS)
    yield page
    context.close()


def heap_of(page: Page) -> int:
    """Bytes of JavaScript objects that are still needed."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    told = session.send("Performance.getMetrics")["metrics"]
    return int(next(each["value"] for each in told if each["name"] == "JSHeapUsedSize"))


def measure_list(browser: Browser, server: Server) -> dict[str, Any]:
    with opened(browser, server) as page:
        page.goto(server.url)
        page.wait_for_function("() => performance.getEntriesByName('row').length > 0")
        told: dict[str, Any] = page.evaluate(_TOLD, "row")
        return told | {"heapBytes": heap_of(page)}


def measure_use(browser: Browser, server: Server, run_id: str) -> dict[str, Any]:
    """How long inputs wait for their frame, and what moves, on the list and on a run's page."""
    with opened(browser, server) as page:
        page.goto(server.url)
        page.get_by_role("row").nth(1).wait_for()
        page.wait_for_load_state("networkidle")
        list_shift = page.evaluate("shift")  # what moves later was asked for
        _use_list(page)
        waited = page.evaluate("Object.values(inputs)")
        page.goto(f"{server.url}/runs/{run_id}")
        page.get_by_role("region", name="Full error of").wait_for()
        page.locator("canvas").first.wait_for()
        page.wait_for_load_state("networkidle")
        run_shift = page.evaluate("shift")
        page.get_by_role("button", name="Copy error").click()
        page.get_by_role("button", name="More actions").click()
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Log scale").first.click()
        _settle(page)
        waited += page.evaluate("Object.values(inputs)")
    shifts = {"listShift": round(list_shift, 3), "runShift": round(run_shift, 3)}
    return {"inp": round(max(waited)), "inputs": len(waited)} | shifts


def _use_list(page: Page) -> None:
    """What people do on the list, one after another, each waited for."""
    page.get_by_role("button", name="Expand error").first.click()
    page.get_by_role("region", name="Full error of").wait_for()
    page.get_by_role("button", name="Open error").first.click()
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("checkbox", name="Select all").click()
    page.get_by_role("checkbox", name="Select all").click()
    page.keyboard.press("Control+k")
    page.keyboard.type("nightly", delay=60)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Failed").first.click()
    page.get_by_role("button", name="All").first.click()
    page.keyboard.press("/")
    page.keyboard.type("status:failed", delay=60)
    _settle(page)


def _settle(page: Page) -> None:
    """Until what was pressed was answered, drawn, and told to the observers."""
    page.wait_for_load_state("networkidle")
    page.evaluate("() => new Promise((done) => requestIdleCallback(() => setTimeout(done, 100)))")


def measure_log(browser: Browser, server: Server, run_id: str) -> dict[str, Any]:
    with opened(browser, server) as page:
        page.goto(f"{server.url}/runs/{run_id}/log")
        page.wait_for_function("() => performance.getEntriesByName('line').length > 0")
        told: dict[str, Any] = page.evaluate(_TOLD, "line")
        last = server.log_of(run_id).stat().st_size // LINE
        begun = time.perf_counter()
        page.keyboard.press("End")
        page.locator(f'[data-line="{last}"] [data-text]').wait_for()
        told["lastLine"] = round(1000 * (time.perf_counter() - begun))
        begun = time.perf_counter()
        page.keyboard.press("Control+f")
        page.keyboard.type("needle")
        page.get_by_text("matches, line").first.wait_for()
        told["firstMatch"] = round(1000 * (time.perf_counter() - begun))
        return told | {"heapBytes": heap_of(page), "rows": page.locator("[data-line]").count()}


@contextmanager
def served(home: Path) -> Iterator[Server]:
    server = Server(home, None)
    server.start()
    yield server
    server.end()


def measure(place: Path, counts: list[int], mebibytes: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    with sync_playwright() as playwright:
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(
            executable_path=path, chromium_sandbox=False, args=LAUNCH
        )
        for count in counts:
            home = place / str(count) / "home"
            home.parent.mkdir()
            with_runs(home, count)
            with served(home) as server:
                figures = measure_list(browser, server)
                figures |= measure_use(browser, server, server.record(FAILED))
                found[f"list_{count}"] = figures
        home = place / "log" / "home"
        home.mkdir(parents=True, mode=0o700)
        with served(home) as server:
            run_id = server.record(NUMBERED, str(mebibytes * 2**20 // LINE))
            found[f"log_{mebibytes}_mib"] = measure_log(browser, server, run_id)
        browser.close()
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.page", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one object on stdout")
    parser.add_argument("--runs", type=int, nargs="+", default=list(RUNS), metavar="N")
    parser.add_argument("--log-mib", type=int, default=LOG_MIB, metavar="N")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lastwords-page-") as place:
        found = measure(Path(place), options.runs, options.log_mib)
    if options.json:
        print(json.dumps(found))
    else:
        for name, figures in found.items():
            print(name, ", ".join(f"{key} {value:,}" for key, value in figures.items()))
    missed = [
        f"{name}: {key} {figures[key]} is over {most}"
        for name, figures in found.items()
        for key, most in BOUNDS.items()
        if name.startswith("list") and figures[key] > most
    ]
    print(*missed, sep="\n", end="\n" if missed else "", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
