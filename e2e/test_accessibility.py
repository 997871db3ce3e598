"""axe finds nothing on any page, light or dark; each page is photographed for people to look at."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from e2e.conftest import Server, photograph, row_of

OpenPage = Callable[..., Page]


def check(page: Page, name: str) -> None:
    expect(page.get_by_text("Loading")).to_have_count(0)
    photograph(page, name)
    result = Axe().run(page)
    assert result.violations_count == 0, result.generate_report()


@pytest.mark.parametrize("width", [1360, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_and_no_dialog_has_a_violation(
    server: Server, open_page: OpenPage, scheme: str, width: int
) -> None:
    failed = server.finished("raises-1kb", name="lora on flan")
    server.finished("trains", name="nightly")
    viewport = {"width": width, "height": 900}
    page = open_page(server, color_scheme=scheme, viewport=viewport)
    expect(row_of(page, failed)).to_be_visible()
    check(page, f"runs-{scheme}-{width}")
    page.get_by_role("button", name="Expand error").first.click()
    check(page, f"runs-expanded-{scheme}-{width}")
    page.get_by_role("button", name="Open error").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Copy error")).to_be_enabled()
    check(page, f"dialog-{scheme}-{width}")
    for name, path, waits_for in (
        ("run", f"/runs/{failed}", "Copy bug report"),
        ("log", f"/runs/{failed}/log", "Traceback"),
        ("errors", "/errors", "Mark as resolved"),
        ("new", "/new", "Start training"),
        ("system", "/system", "checks passed"),
        ("storage", "/system/storage", "Largest runs"),
        ("audit", "/system/audit", "Result"),
        ("nothing", "/nothing/here", "Page not found"),
    ):
        page.goto(server.url + path)
        expect(page.get_by_text(waits_for).first).to_be_visible()
        check(page, f"{name}-{scheme}-{width}")


def test_with_forced_colours_what_is_chosen_stands_out(server: Server, open_page: OpenPage) -> None:
    server.finished("exits-3")
    page = open_page(server, forced_colors="active")
    pressed = page.get_by_role("button", name="All", pressed=True)
    expect(pressed).to_be_visible()
    page.keyboard.press("Control+k")
    options = page.get_by_role("dialog").get_by_role("option")
    expect(options.nth(1)).to_be_visible()
    colour = "element => getComputedStyle(element).backgroundColor"
    chosen = options.first.evaluate(colour)
    assert chosen != options.nth(1).evaluate(colour)
    assert pressed.evaluate(colour) == chosen


def test_on_paper_an_error_is_whole_and_nothing_is_to_be_pressed(
    server: Server, open_page: OpenPage
) -> None:
    run_id = server.finished("raises-100kb")
    page = open_page(server, f"/?q={run_id}", color_scheme="dark")
    row_of(page, run_id).get_by_role("button", name="Open error").click()
    dialog = page.get_by_role("dialog")
    region = dialog.get_by_role("region", name="Full error")
    expect(region).to_contain_text("Traceback")
    scrolls = "element => element.scrollHeight > element.clientHeight + 1"
    assert region.evaluate(scrolls)
    page.emulate_media(media="print")
    expect(page.get_by_role("button")).to_have_count(0)
    expect(row_of(page, run_id)).to_have_count(0)
    assert not region.evaluate(scrolls)
    assert not dialog.evaluate(scrolls)
    page.goto(f"{server.url}/runs/{run_id}")
    error = page.get_by_role("region", name="Full error of")
    expect(error).to_contain_text("Traceback")
    expect(page.get_by_role("button")).to_have_count(0)
    assert not error.evaluate(scrolls)
