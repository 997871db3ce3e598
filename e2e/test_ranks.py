"""A run of several machines: which rank failed first, each rank's log, and all of them as one."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.real import until
from tests.shipping.kit import Worker

from e2e.conftest import Server, photograph
from lastwords.config import Config
from lastwords.receiving.enrolling import enrol
from lastwords.store.runs import Store

OpenPage = Callable[..., Page]
BREAKS = """
Traceback (most recent call last):
  File "/srv/train.py", line 12, in <module>
    raise ValueError("the rows are gone")
ValueError: the rows are gone
"""
ECHOES = """
Traceback (most recent call last):
  File "/srv/train.py", line 40, in <module>
    dist.all_reduce(loss)
RuntimeError: [/pytorch/third_party/gloo/gloo/transport/tcp/pair.cc:534] Connection closed by peer
"""


@pytest.fixture
def gang(own_server: Server, tmp_path: Path) -> Iterator[list[Worker]]:
    store = Store(Config(own_server.home).database)
    token = enrol(store, "gang")
    store.close()
    workers = [
        Worker(tmp_path / f"rank{n}", f"http://127.0.0.1:{own_server.port}", token)
        for n in range(2)
    ]
    yield workers
    for worker in workers:
        worker.end()


def prints(text: str) -> list[str]:
    return ["sh", "-c", f"cat <<'E'\n{text}\nE\nexit 1"]


def test_the_rank_that_failed_first_is_named_and_each_has_its_log(
    own_server: Server, gang: list[Worker], open_page: OpenPage
) -> None:
    for rank, text in ((0, ECHOES), (1, BREAKS)):
        flags = ["--join", "gang", "--rank", str(rank), "--size", "2"]
        gang[rank].start(*prints(text), flags=flags)
    assert [worker.ended()[0] for worker in gang] == [1, 1]
    (run,) = until(lambda: own_server.api.list(10))
    own_server.wait(run["id"], "failed")
    page = open_page(own_server, f"/runs/{run['id']}")
    expect(page.get_by_text("Rank 1 of 2 failed first")).to_be_visible()
    expect(page.get_by_role("region", name="Error of")).to_contain_text("the rows are gone")
    expect(page.get_by_role("heading", name="Ranks")).to_be_visible()
    size = page.viewport_size
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    assert size
    page.set_viewport_size(size)
    ranks = page.get_by_role("region", name="Ranks")
    expect(ranks.get_by_role("listitem")).to_have_count(2)
    expect(ranks).to_contain_text("Connection closed by peer")
    photograph(page, "ranks")
    ranks.get_by_role("link", name="Log").first.click()
    log = page.get_by_role("region", name="Log of")
    expect(log).to_contain_text("Connection closed by peer")
    switch = page.get_by_role("navigation", name="Logs of the ranks")
    expect(switch.get_by_role("link", name="Rank 0")).to_have_attribute("aria-current", "true")
    switch.get_by_role("link", name="Rank 1").click()
    expect(log).to_contain_text("the rows are gone")
    expect(log).not_to_contain_text("Connection closed by peer")
    photograph(page, "ranks-log")
    switch.get_by_role("link", name="Merged").click()
    expect(page.get_by_text("Merged by time for display")).to_be_visible()
    expect(log).to_contain_text("Connection closed by peer")
    expect(log).to_contain_text("the rows are gone")
    photograph(page, "ranks-merged")
    log.get_by_role("link", name="Rank 0, line 2").click()
    expect(page).to_have_url(f"{own_server.url}/runs/{run['id']}/log?rank=0#L2")
