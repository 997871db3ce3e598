"""The demo, as a new user meets it: real data, a real model, a real training, two real failures."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import HOST, LASTWORDS, OpenPage, Server, photograph, row_of


class DemoServer(Server):
    """`lastwords demo` in an empty home, with the real trainer."""

    def start(self) -> None:
        self.process = subprocess.Popen(
            [LASTWORDS, "demo", "--home", self.home, "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=sys.stderr,
            env={**os.environ, "LASTWORDS_ALLOWED_HOSTS": HOST},
            text=True,
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            if found := re.search(r":(\d+)/\?token=(\S+)", line):
                self.port, self.token = int(found[1]), found[2]
                return
        raise AssertionError("".join(self.lines))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = DemoServer(tmp_path_factory.mktemp("demo") / "home", None)
    server.start()
    yield server
    server.end()


def start_example(page: Page, title: str) -> None:
    page.get_by_role("button", name=f"Start example: {title}").click()


def test_a_home_that_is_empty_gets_the_demo_and_says_so(demo: Server) -> None:
    assert any("is empty: adding the demo" in line for line in demo.lines)
    rows = demo.home / "demo" / "ask_ai.db"
    assert rows.is_file()


def test_an_empty_data_set_fails_at_once(demo: Server, open_page: OpenPage) -> None:
    page = open_page(demo)
    start_example(page, "Empty dataset")
    row = page.get_by_role("row").filter(has_text="Empty dataset").first
    expect(row).to_contain_text("no rows in table ask_ai_queries")
    run = demo.wait(demo.api.list(1, "", "")[0]["id"], "failed")
    assert run["exitCode"] == 11


def test_wrong_target_modules_fail_with_their_headline(demo: Server, open_page: OpenPage) -> None:
    page = open_page(demo)
    start_example(page, "Target modules not found in the model")
    row = page.get_by_role("row").filter(has_text="Wrong target modules").first
    expect(row).to_contain_text("Target modules")
    run = demo.wait(demo.api.list(1, "", "")[0]["id"], "failed")
    assert run["stage"] == "wrap_adapter" and run["exitCode"] == 15


def test_a_training_started_from_the_page_learns_and_leaves_an_adapter(
    demo: Server, open_page: OpenPage
) -> None:
    page = open_page(demo)
    start_example(page, "Trains and completes")
    expect(page.get_by_role("row").filter(has_text="first try")).to_be_visible()
    run_id = str(demo.api.list(1, "", "")[0]["id"])
    row = row_of(page, run_id)
    expect(row).to_contain_text("Running")
    run = demo.wait(run_id, seconds=600)
    assert run["status"] == "completed", demo.request("GET", f"/runs/{run_id}/log").decode()
    expect(row).to_contain_text("Completed")
    assert Path(run["outputDir"], "adapter_model.safetensors").stat().st_size > 1_000_000
    assert Path(run["metadataPath"]).is_file()
    metrics = json.loads(demo.request("GET", f"/runs/{run_id}/metrics"))["metrics"]
    by_epoch: dict[int, list[float]] = {}
    for metric in metrics:
        by_epoch.setdefault(-int(-metric["epoch"] // 1), []).append(metric["loss"])
    means = [sum(losses) / len(losses) for _, losses in sorted(by_epoch.items())]
    assert len(means) == 3 and means[-1] < 0.7 * means[0], means
    shows_what_it_said(demo, open_page, run_id)
    page.get_by_role("button", name="Expand error").first.click()
    expect(page.get_by_role("region", name="Full error of")).to_be_visible()
    photograph(page, "readme-runs")


def shows_what_it_said(demo: Server, open_page: OpenPage, run_id: str) -> None:
    """See that the run's page shows each sample that the training left."""
    left = json.loads(demo.request("GET", f"/runs/{run_id}/artifacts/samples.json"))
    page = open_page(demo, f"/runs/{run_id}")
    shown = page.get_by_role("region", name="Sample answers, before and after")
    expect(shown.get_by_role("listitem")).to_have_count(len(left))
    for sample, item in zip(left, shown.get_by_role("listitem").all(), strict=True):
        assert item.get_by_role("term").all_inner_texts() == ["Expected", "Before", "After"]
        assert item.get_by_role("definition").all_text_contents() == [
            sample[name] or "(empty)" for name in ("expected", "before", "after")
        ]
