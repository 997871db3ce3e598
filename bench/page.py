"""What the page weighs and how soon it is there, in a real browser over localhost.

python -m bench.page [--json] [--runs N ...] [--log-mib N]

For lists of some, many and very many runs: JavaScript and requests of a first load with an empty
cache, time to the first row, the longest task, and the heap. For a log: time to its first lines
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

RUNS = (10, 1_000, 100_000)
LOG_MIB = 1_024
LINE = 100  # bytes of a line of NUMBERED
PATIENCE_MS = 120_000

_WATCH = """
  window.tasks = []
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
                found[f"list_{count}"] = measure_list(browser, server)
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
    return 0


if __name__ == "__main__":
    sys.exit(main())
