"""A run's log: to the last byte, at any size, growing or not."""

import hashlib
import time
from collections.abc import Callable

from playwright.sync_api import Page, expect

from e2e.conftest import Server

OpenPage = Callable[..., Page]


def log_bytes(server: Server, run_id: str) -> bytes:
    return server.request("GET", f"/runs/{run_id}/log")


def test_the_log_opens_in_the_same_tab_from_the_dialog(server: Server, open_page: OpenPage) -> None:
    run_id = server.finished("raises-1kb")
    page = open_page(server, f"/?q={run_id}")
    page.get_by_role("button", name="View error").first.click()
    page.get_by_role("dialog").get_by_role("link", name="View full log").click()
    page.wait_for_url(f"**/runs/{run_id}/log*")
    assert len(page.context.pages) == 1
    lines = log_bytes(server, run_id).decode().splitlines()
    expect(page.get_by_role("region", name="Log of")).to_contain_text(lines[-1][:80])


def test_a_growing_log_is_followed_to_its_end(own_server: Server, open_page: OpenPage) -> None:
    run_id = own_server.run("trains-slowly")
    own_server.wait(run_id, "running")
    page = open_page(own_server, f"/runs/{run_id}/log")
    region = page.get_by_role("region", name="Log of")
    deadline = time.monotonic() + 10
    while not (last := log_bytes(own_server, run_id).decode().splitlines()[-1:]):
        assert time.monotonic() < deadline
    expect(region).to_contain_text(last[0], timeout=5000)
    expect(page.get_by_text("Following")).to_be_visible()
    own_server.wait(run_id)
    last = log_bytes(own_server, run_id).decode().splitlines()[-1:]
    expect(region).to_contain_text(last[0], timeout=5000)


def test_a_log_of_300_megabytes_is_shown_to_its_last_line_and_served_whole(
    own_server: Server, open_page: OpenPage
) -> None:
    run_id = own_server.run("prints-300mb")
    own_server.wait(run_id, seconds=120)
    path = own_server.home / "runs" / run_id / "1" / "output.log"
    assert path.stat().st_size >= 300_000_000
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while data := file.read(1 << 20):
            digest.update(data)
    served = hashlib.sha256()
    for chunk in own_server.api.log(run_id, follow=False):
        served.update(chunk)
    assert served.hexdigest() == digest.hexdigest()
    with path.open("rb") as file:
        first = file.readline().decode().rstrip("\n")
        file.seek(-4096, 2)
        last = file.read().decode(errors="replace").splitlines()[-1]
    page = open_page(own_server, f"/runs/{run_id}/log")
    region = page.get_by_role("region", name="Log of")
    expect(region).to_contain_text(last)
    region.focus()
    page.keyboard.press("Home")
    expect(region).to_contain_text(first)
    page.keyboard.press("End")
    expect(region).to_contain_text(last)
    assert page.evaluate("document.querySelectorAll('*').length") < 3000


def test_hostile_output_is_shown_as_text(own_server: Server, open_page: OpenPage) -> None:
    run_id = own_server.finished("prints-hostile-text")
    page = open_page(own_server, f"/runs/{run_id}/log")
    page.on("dialog", lambda dialog: dialog.dismiss())
    region = page.get_by_role("region", name="Log of")
    expect(region).to_contain_text("<script>alert(1)</script>")
    hrefs = page.evaluate("[...document.querySelectorAll('main a')].map(a => a.protocol)")
    assert set(hrefs) <= {"http:", "https:", "mailto:"}
    assert log_bytes(own_server, run_id).startswith(b"<script>")
