"""A run's log: to the last byte, at any size, growing or not."""

from collections.abc import Callable

from playwright.sync_api import Page, expect
from tests.real import until

from e2e.conftest import Server

OpenPage = Callable[..., Page]


def log_bytes(server: Server, run_id: str) -> bytes:
    return server.request("GET", f"/runs/{run_id}/log")


def test_the_log_opens_in_the_same_tab_from_the_dialog(server: Server, open_page: OpenPage) -> None:
    run_id = server.finished("raises-1kb")
    page = open_page(server, f"/?q={run_id}")
    page.get_by_role("button", name="Open error").first.click()
    page.get_by_role("dialog").get_by_role("link", name="View log").click()
    page.wait_for_url(f"**/runs/{run_id}/log*")
    assert len(page.context.pages) == 1
    lines = log_bytes(server, run_id).decode().splitlines()
    expect(page.get_by_role("region", name="Log of")).to_contain_text(lines[-1][:80])
    page.evaluate("location.hash = '#L90000'")
    expect(page.get_by_text("This log ends before line 90,000.")).to_be_visible()


def test_a_growing_log_is_followed_to_its_end(own_server: Server, open_page: OpenPage) -> None:
    run_id = own_server.run("trains-for-10s")
    own_server.wait(run_id, "running")
    page = open_page(own_server, f"/runs/{run_id}/log")
    region = page.get_by_role("region", name="Log of")
    until(lambda: log_bytes(own_server, run_id))
    expect(page.get_by_text("Following")).to_be_visible()
    own_server.wait(run_id)
    last = log_bytes(own_server, run_id).decode().splitlines()[-1:]
    expect(region).to_contain_text(last[0])
