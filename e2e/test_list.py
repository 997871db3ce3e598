"""The list as an instrument: dense rows, keys, ranges, columns, and widths from phone to wall."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from e2e.conftest import OpenPage, Server, _server, read_clipboard, row_of

TRAINING = "print({'loss': 0.25, 'eval_accuracy': 0.5, 'epoch': 1.0})"
LONG = "raise RuntimeError('CUDA out of memory. Tried to allocate 1.96 GiB. ' + 'GPU 0 ' * 40)"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, list[str]]]:
    """A server with fifteen failures and a training; their ids, oldest first."""
    server = _server(tmp_path_factory.mktemp("list"))
    server.start()
    ids = [server.run("exits-3", name=f"number {number}") for number in range(13)]
    for run_id in ids:
        server.wait(run_id)
    ids += [server.record(LONG, "--lr", "6e-4"), server.record(TRAINING, "--lr", "1e-5")]
    yield server, ids
    server.end()


def _rows(page: Page) -> Locator:
    return page.locator("tr[data-run]")


def test_twelve_failures_are_in_view_on_a_small_laptop(
    home: tuple[Server, list[str]], open_page: OpenPage
) -> None:
    server, _ = home
    page = open_page(server, "/?status=failed", viewport={"width": 1366, "height": 860})
    expect(_rows(page)).to_have_count(14)
    bottoms = page.evaluate(
        "[...document.querySelectorAll('tr[data-run]')].map(r => r.getBoundingClientRect().bottom)"
    )
    assert sum(bottom <= 860 for bottom in bottoms) >= 12, bottoms
    expect(page.get_by_role("columnheader", name="Samples")).to_have_count(0)
    page.mouse.wheel(0, 10_000)
    page.wait_for_function("scrollY > 0")
    head = page.get_by_role("columnheader", name="Started")
    assert head.bounding_box()["y"] >= 56  # type: ignore[index]


def test_rows_are_walked_ticked_and_opened_by_keys(
    home: tuple[Server, list[str]], open_page: OpenPage
) -> None:
    server, ids = home
    page = open_page(server)
    expect(_rows(page)).to_have_count(15)
    for key in "jjxjk":
        page.keyboard.press(key)
    expect(row_of(page, ids[-2]).get_by_role("link").first).to_be_focused()
    expect(row_of(page, ids[-2]).get_by_role("checkbox")).to_be_checked()
    expect(page.get_by_text("1 run selected")).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/runs/{ids[-2]}")


def test_a_range_and_all_are_ticked_and_two_are_compared(
    home: tuple[Server, list[str]], open_page: OpenPage
) -> None:
    server, ids = home
    page = open_page(server)
    boxes = page.get_by_role("checkbox", name="Select number")
    boxes.nth(1).click()
    boxes.nth(4).click(modifiers=["Shift"])
    expect(page.get_by_text("4 runs selected")).to_be_visible()
    every = page.get_by_role("checkbox", name="Select all runs on this page")
    every.click()
    expect(page.get_by_text("15 runs selected")).to_be_visible()
    every.click()
    expect(page.get_by_role("region", name="Selected runs")).to_have_count(0)
    for run_id in ids[-2:]:
        row_of(page, run_id).get_by_role("checkbox").click()
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url(f"**/compare?ids={ids[-2]},{ids[-1]}")


def test_a_click_on_a_row_opens_its_run_and_one_on_a_button_does_not(
    home: tuple[Server, list[str]], open_page: OpenPage
) -> None:
    server, ids = home
    page = open_page(server)
    row = row_of(page, ids[-2])
    row.get_by_role("button", name="Expand error").click()
    panel = page.get_by_role("row").filter(has=page.get_by_role("link", name="Open run"))
    expect(panel.get_by_role("button", name="Copy error")).to_be_enabled()
    panel.get_by_role("button", name="Copy error").click()
    error = server.request("GET", f"/runs/{ids[-2]}/error").decode()
    assert read_clipboard(page, server) == error
    row.get_by_text("Failed").click()
    page.wait_for_url(f"**/runs/{ids[-2]}")


def test_parameters_and_metrics_are_columns(
    home: tuple[Server, list[str]], open_page: OpenPage
) -> None:
    server, ids = home
    page = open_page(server)
    page.get_by_role("button", name="Columns").click()
    dialog = page.get_by_role("dialog", name="Columns")
    dialog.get_by_role("searchbox").fill("rate")
    dialog.get_by_role("checkbox", name="learningRate").check()
    dialog.get_by_role("searchbox").fill("acc")
    dialog.get_by_role("checkbox", name="evalAccuracy").check()
    page.keyboard.press("Escape")
    head = page.get_by_role("columnheader", name="evalAccuracy")
    expect(head).to_be_visible()
    expect(row_of(page, ids[-1]).get_by_role("cell", name="0.00001")).to_be_visible()
    head.get_by_role("button").click()
    expect(_rows(page).first).to_contain_text(ids[-1])
    assert "columns=learningRate%2CevalAccuracy" in page.url


def test_a_running_run_is_on_top_with_its_last_line_and_loss(
    own_server: Server, open_page: OpenPage
) -> None:
    script = (
        "import time\n"
        "print({'loss': 0.75, 'epoch': 0.5}, flush=True)\n"
        "print({'loss': 0.5, 'epoch': 1.0}, flush=True)\n"
        "print('evaluating', flush=True)\n"
        "time.sleep(300)"
    )
    with own_server.recording(script) as run_id:
        newer = own_server.finished("exits-3")
        page = open_page(own_server)
        expect(_rows(page).first).to_contain_text(run_id)
        expect(_rows(page).nth(1)).to_contain_text(newer)
        expect(row_of(page, run_id)).to_contain_text("evaluating")
        expect(row_of(page, run_id)).to_contain_text("0.5000")


@pytest.mark.parametrize("width", [320, 390, 699, 700, 768, 1366, 2560])
def test_a_list_is_a_table_from_700_pixels_and_never_wider_than_the_window(
    home: tuple[Server, list[str]], open_page: OpenPage, width: int
) -> None:
    server, _ = home
    page = open_page(server, viewport={"width": width, "height": 900})
    expect(_rows(page)).to_have_count(15)
    head = page.get_by_role("columnheader", name="Started")
    is_table = page.evaluate(
        "getComputedStyle(document.querySelector('tr[data-run]')).display === 'table-row'"
    )
    assert is_table == (width >= 700)
    if is_table:
        expect(head).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
