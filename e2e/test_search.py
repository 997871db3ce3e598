"""Finding runs in the list: queries, completions, times, orders, pages and saved views."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from e2e.conftest import OpenPage, Server, _server, photograph, row_of


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, dict[str, str]]]:
    """A server with commands of different parameters, losses and ends; their ids by name."""
    server = _server(tmp_path_factory.mktemp("search"))
    server.start()
    printed = "print({{'loss': {0}, 'eval_accuracy': {1}, 'epoch': 1.0}})"
    ids = {
        "small": server.record(printed.format(0.25, 0.5), "--lr", "1e-5"),
        "large": server.record(printed.format(1.5, 0.9), "--lr", "6e-4", "--optim=lion"),
        "broken": server.record("raise SystemExit(3)", "--lr", "6e-4"),
    }
    yield server, ids
    server.end()


def _search(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Search runs")


def _rows(page: Page) -> Locator:
    return page.get_by_role("row").filter(has_text="run_")


def test_a_run_is_found_by_its_parameters_with_the_counts_following(
    home: tuple[Server, dict[str, str]], open_page: OpenPage
) -> None:
    server, ids = home
    page = open_page(server)
    _search(page).fill("lr:>1e-4")
    expect(_rows(page)).to_have_count(2)
    expect(page.get_by_role("button", name="All 2")).to_be_visible()
    expect(page.get_by_text("2 runs", exact=True)).to_be_visible()
    _search(page).fill("lr:6e-4 status:failed")
    expect(_rows(page)).to_have_count(1)
    expect(row_of(page, ids["broken"])).to_be_visible()
    expect(page.get_by_role("button", name="Completed 0")).to_be_visible()


def test_what_is_typed_is_completed_by_the_keyboard(
    home: tuple[Server, dict[str, str]], open_page: OpenPage
) -> None:
    server, ids = home
    page = open_page(server)
    expect(_rows(page)).to_have_count(3)
    page.keyboard.press("/")
    page.keyboard.type("opt")
    option = page.get_by_role("option", name="optim: parameter")
    expect(option).to_be_visible()
    photograph(page, "completions")
    page.keyboard.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.get_by_role("option", name="optim:lion")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    expect(_search(page)).to_have_value("optim:lion ")
    expect(_search(page)).to_be_focused()
    expect(_rows(page)).to_have_count(1)
    expect(row_of(page, ids["large"])).to_be_visible()


def test_a_mistake_is_said_beneath_and_the_list_stays(
    home: tuple[Server, dict[str, str]], open_page: OpenPage
) -> None:
    server, _ = home
    page = open_page(server)
    expect(_rows(page)).to_have_count(3)
    _search(page).fill("status:faild")
    alert = page.get_by_role("alert").filter(has_text="did you mean failed?")
    expect(alert).to_be_visible()
    expect(_search(page)).to_have_attribute("aria-invalid", "true")
    expect(_rows(page)).to_have_count(3)
    photograph(page, "mistake")
    _search(page).fill("status:failed")
    expect(_rows(page)).to_have_count(1)
    expect(alert).to_have_count(0)


def test_a_column_sorts_and_says_so(
    home: tuple[Server, dict[str, str]], open_page: OpenPage
) -> None:
    server, ids = home
    page = open_page(server)
    head = page.get_by_role("columnheader", name="Loss")
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    expect(_rows(page).nth(0)).to_contain_text(ids["small"])
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    expect(_rows(page).nth(0)).to_contain_text(ids["large"])
    expect(_rows(page).nth(2)).to_contain_text(ids["broken"])
    page.goto(f"{server.url}/?sort=evalAccuracy")
    expect(_rows(page).nth(0)).to_contain_text(ids["small"])


def test_times_are_chosen_by_days(home: tuple[Server, dict[str, str]], open_page: OpenPage) -> None:
    server, _ = home
    page = open_page(server)
    when = page.get_by_role("combobox", name="Started")
    when.select_option("Yesterday")
    expect(page.get_by_text("No runs match")).to_be_visible()
    expect(_search(page)).to_have_value("since:yesterday until:yesterday")
    when.select_option("Last 7 days")
    expect(_rows(page)).to_have_count(3)
    when.select_option("Any time")
    expect(_search(page)).to_have_value("")


def test_a_view_is_saved_opened_and_deleted(
    home: tuple[Server, dict[str, str]], open_page: OpenPage
) -> None:
    server, _ = home
    page = open_page(server, "/?q=lr:6e-4&sort=-finalLoss")
    page.get_by_role("button", name="Save view").click()
    page.get_by_label("Name").fill("High rates")
    page.get_by_role("button", name="Save", exact=True).click()
    views = page.get_by_role("navigation", name="Saved views")
    expect(views.get_by_role("link", name="High rates")).to_have_attribute("aria-current", "page")
    elsewhere = open_page(server)
    elsewhere.get_by_role("link", name="High rates").click()
    expect(_rows(elsewhere)).to_have_count(2)
    expect(_search(elsewhere)).to_have_value("lr:6e-4")
    elsewhere.get_by_role("button", name="Delete the view High rates").click()
    expect(elsewhere.get_by_role("link", name="High rates")).to_have_count(0)
