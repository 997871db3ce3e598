"""What the tests of the log page share: logs to show, and how to tell what is in view."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from e2e.conftest import Server

# Lines of 100 bytes that tell their number; every 1,000th and the last one hold a needle.
NUMBERED = """
import sys
lines = int(sys.argv[1])
out = sys.stdout
for begin in range(0, lines, 5000):
    part = range(begin + 1, min(begin + 5000, lines) + 1)
    out.write("".join(
        f"{number:010d} {'needle' if number % 1000 == 0 or number == lines else 'straw':6} "
        + "." * 81 + "\\n" for number in part
    ))
"""

# A hundred lines every 100 ms: a thousand a second, for as long as it is let.
GROWING = """
import sys, time
for tick in range(int(sys.argv[1])):
    print("\\n".join(f"tick {tick} line {line}" for line in range(100)), flush=True)
    time.sleep(0.1)
"""

# Whether the newest runs were answered, which a page asks for to tell of their ends.
HEARD_OF = "performance.getEntriesByType('resource').some(({ name }) => name.endsWith('limit=20'))"

_TOP = """() => {
  const view = document.querySelector('#log')
  const edge = view.getBoundingClientRect().top - 0.5
  const rows = [...view.querySelectorAll('[data-line]')]
  const seen = rows.filter((row) => row.getBoundingClientRect().top >= edge)
  return Math.min(...seen.map((row) => Number(row.dataset.line)))
}"""


_TOP_IS = f"(number) => ({_TOP})() === number"
_TOP_IS_NOT = f"(number) => ({_TOP})() !== number"
_LAST_PAST = (
    "(last) => Number([...document.querySelectorAll('[data-line]')].at(-1).dataset.line) > last"
)


def open_log(page: Page, server: Server, run_id: str, rest: str = "") -> None:
    page.goto(f"{server.url}/runs/{run_id}/log{rest}")
    expect(page.locator("[data-text]").first).to_be_visible()


def top_line(page: Page) -> int:
    """The first line that is wholly in view."""
    return int(page.evaluate(_TOP))


def sees(page: Page, number: int) -> None:
    """Wait until a line is in view with its text."""
    page.wait_for_function(
        """number => {
          const row = document.querySelector(`[data-line="${number}"]`)
          if (!row || !row.querySelector('[data-text]')) return false
          const view = document.querySelector('#log').getBoundingClientRect()
          const box = row.getBoundingClientRect()
          return box.top >= view.top - 1 && box.bottom <= view.bottom + 1
        }""",
        arg=number,
    )


def press(page: Page, key: str) -> None:
    page.get_by_role("region", name="Log of").focus()
    page.keyboard.press(key)


def has_moved(page: Page, line: int) -> None:
    """Wait until another line than this one is the first in view."""
    page.wait_for_function(_TOP_IS_NOT, arg=line)


def has_reached(page: Page, line: int) -> None:
    """Wait until this very line is the first in view."""
    page.wait_for_function(_TOP_IS, arg=line)


def has_passed(page: Page, line: int) -> None:
    """Wait until lines past this one are drawn."""
    page.wait_for_function(_LAST_PAST, arg=line)
