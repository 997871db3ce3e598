"""axe finds nothing on any page and dialog, and nothing overflows, from 320 to 2560 pixels.

Each page is loaded once for a theme; the window is resized between, and photographed for people.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from e2e.conftest import OpenPage, Server, _server, choose, photograph, row_of

WIDTHS = (320, 390, 768, 1366, 2560)
# Of what axe looks for, colours alone differ with the theme.
RULES: dict[str, dict[str, list[str]]] = {"light": {}, "dark": {"runOnly": ["color-contrast"]}}
_VIOLATIONS = """(rules) => axe.run({...rules, resultTypes: ["violations"]}).then(({violations}) =>
  violations.map(({id, nodes}) => `${id}: ${nodes.map(({html}) => html).join("; ")}`))"""
# What Hugging Face's trainer prints, then an error of a library that keeps several lines.
COMMAND = """
import sys
rate = float(sys.argv[2])
for step in range(1, 21):
    print({"loss": 2 / (1 + rate * step), "epoch": step / 10})
if rate > 0.3:
    raise RuntimeError("mat1 and mat2 shapes cannot be multiplied (32x768 and 1024x512)")
"""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, dict[str, str]]]:
    """A server with runs of each kind and length of name; their ids by what they are for."""
    server = _server(tmp_path_factory.mktemp("widths"))
    server.start()
    labels = {"project": "smart-home", "tags": ["base", "week-48", "a tag of several words"]}
    ids = {
        "long": server.finished("trains", name="a name of many words " * 10),
        "cyrillic": server.finished("raises", name="Тренировка ночная", **labels),
        "failed": server.finished("raises-1kb", name="lora on flan"),
        "fixable": server.finished("fits-4-examples", name="too large", batchSize=8),
        "good": server.record(COMMAND, "--lr", "0.1"),
        "bad": server.record(COMMAND, "--lr", "0.4"),
    }
    yield server, ids
    server.end()


class Looked:
    """A page of one theme, looked at in each width."""

    def __init__(self, page: Page, url: str, scheme: str) -> None:
        self.page, self.url, self.scheme = page, url, scheme

    def goto(self, path: str, waits_for: str) -> None:
        self.page.goto(self.url + path)
        expect(self.page.get_by_text(waits_for).first).to_be_visible()

    def holds(self, name: str) -> None:
        page = self.page
        expect(page.get_by_text("Loading…", exact=True)).to_have_count(0)
        page.evaluate(Axe().axe_script)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, f"{name} is {wide} px wider than {width}"
            photograph(page, f"{name}-{self.scheme}-{width}")
            found = page.evaluate(_VIOLATIONS, RULES[self.scheme])
            assert found == [], f"{name}, {self.scheme}, {width} px"
        page.set_viewport_size({"width": 1366, "height": 900})

    def close(self) -> None:
        self.page.keyboard.press("Escape")
        expect(self.page.get_by_role("dialog")).to_have_count(0)


@pytest.fixture(params=["light", "dark"])
def looked(
    filled: tuple[Server, dict[str, str]], open_page: OpenPage, request: pytest.FixtureRequest
) -> Looked:
    server, _ = filled
    page = open_page(server, color_scheme=request.param, viewport={"width": 1366, "height": 900})
    return Looked(page, server.url, request.param)


def test_the_list_and_what_opens_on_it(
    looked: Looked, filled: tuple[Server, dict[str, str]]
) -> None:
    page, ids = looked.page, filled[1]
    looked.goto("/?columns=learningRate,per_device_train_batch_size,epochs,lr", "lora on flan")
    looked.holds("runs-columns")
    looked.goto("/?columns=learningRate", "lora on flan")
    looked.holds("runs")
    page.get_by_role("button", name="Columns").click()
    expect(page.get_by_role("checkbox", name="learningRate")).to_be_checked()
    looked.holds("columns")
    looked.close()
    page.get_by_role("button", name="Save view").click()
    expect(page.get_by_role("textbox", name="Name")).to_be_focused()
    looked.holds("view")
    looked.close()
    row = row_of(page, ids["failed"])
    row.get_by_role("button", name="Expand error").click()
    expect(page.get_by_role("region", name="Full error of")).to_be_visible()
    looked.holds("runs-expanded")
    row.get_by_role("button", name="Open error").click()
    expect(page.get_by_role("dialog").get_by_role("button", name="Copy error")).to_be_enabled()
    looked.holds("dialog")
    looked.close()
    row.get_by_role("checkbox").check()
    page.get_by_role("button", name="Tag 1").click()
    expect(page.get_by_label("Tags to add")).to_be_visible()
    looked.holds("tag")
    looked.close()
    page.get_by_role("button", name="Delete 1").click()
    looked.holds("delete")
    looked.close()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    looked.holds("keys")
    looked.close()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("option", name="a name of many words").first).to_be_visible()
    looked.holds("palette")


def test_the_pages_of_a_run(looked: Looked, filled: tuple[Server, dict[str, str]]) -> None:
    page, ids = looked.page, filled[1]
    looked.goto(f"/runs/{ids['failed']}", "Copy bug report")
    looked.holds("run")
    page.keyboard.press("e")
    expect(page.get_by_label("Name")).to_be_visible()
    looked.holds("labels")
    looked.close()
    page.get_by_role("button", name="Share…").click()
    expect(page.get_by_role("button", name="Create link")).to_be_visible()
    looked.holds("share")
    looked.close()
    choose(page, "Delete")
    looked.holds("delete-one")
    looked.close()
    page.get_by_role("button", name="More actions").click()
    expect(page.get_by_role("menu")).to_be_visible()
    looked.holds("menu")
    page.keyboard.press("Escape")
    looked.goto(f"/runs/{ids['long']}", "Download all (zip)")
    page.get_by_role("button", name="Preview training_run.json").click()
    expect(page.get_by_role("region", name="Preview of training_run.json")).to_be_visible()
    looked.holds("trained")
    looked.goto(f"/runs/{ids['fixable']}", "Retry with batch size")
    page.get_by_role("button", name="Retry with batch size").click()
    expect(page.get_by_role("dialog").get_by_text("Problems with these").first).to_be_visible()
    looked.holds("fix")
    looked.goto(f"/new?from={ids['fixable']}", "Start training")
    looked.holds("again")
    looked.goto(f"/runs/{ids['failed']}/log", "Traceback")
    looked.holds("log")
    page.keyboard.press("/")
    page.keyboard.type("Trace")
    expect(page.get_by_role("status").filter(has_text="1 of")).to_be_visible()
    looked.holds("find")
    looked.goto(f"/compare?ids={ids['good']},{ids['bad']}", "Tensor shape mismatch")
    looked.holds("compare")


def test_the_other_pages(looked: Looked) -> None:
    for name, path, waits_for in (
        ("errors", "/errors", "Mark as resolved"),
        ("new", "/new", "Start training"),
        ("system", "/system", "checks passed"),
        ("storage", "/system/storage", "Largest runs"),
        ("settings", "/system/settings", "LASTWORDS_HOME"),
        ("people", "/system/people", "Add person"),
        ("audit", "/system/audit", "Result"),
        ("nothing", "/nothing/here", "Page not found"),
    ):
        looked.goto(path, waits_for)
        looked.holds(name)


def test_the_dialogs_of_the_system_page(looked: Looked) -> None:
    page = looked.page
    looked.goto("/system", "Free up")
    page.get_by_role("button", name="Free up").click()
    expect(page.get_by_role("dialog").get_by_role("listitem").first).to_be_visible()
    looked.holds("free-up")
    looked.close()
    looked.goto("/system/people", "Add person")
    name = f"anna-{looked.scheme}"
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Add person").click()
    expect(page.get_by_text("It is shown only now.")).to_be_visible()
    looked.holds("person")
    page.get_by_role("button", name=f"Remove {name}").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    looked.holds("remove-person")
    looked.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_home_without_runs(own_server: Server, open_page: OpenPage, scheme: str) -> None:
    page = open_page(own_server, color_scheme=scheme)
    looked = Looked(page, own_server.url, scheme)
    for name, path, waits_for in (
        ("empty-runs", "/", "No runs yet"),
        ("empty-errors", "/errors", "No run has failed yet"),
        ("empty-compare", "/compare", "Choose the runs to compare"),
        ("empty-storage", "/system/storage", "keep all"),
        ("empty-new", "/new", "Start training"),
    ):
        looked.goto(path, waits_for)
        looked.holds(name)
