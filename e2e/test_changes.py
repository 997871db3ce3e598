"""What changed since a run like a failed one completed: in its failure box, and side by side."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.surroundings.kit import environment, git, repository

from e2e.conftest import LASTWORDS, OpenPage, Server, has_no_violation, photograph

SCRIPT = '''"""Trains a little."""

def loss(step):
    return 1 / (step + 1)

for step in range(3):
    print(f"step={step} loss={loss(step)}")
'''


def _recorded(server: Server, top: Path, *words: str) -> str:
    command = [str(LASTWORDS), "run", "--home", str(server.home), "--json", "--", *words]
    done = subprocess.run(command, cwd=top, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    run_id = str(json.loads(done.stdout)["id"])
    server.is_taken(run_id)
    return run_id


@pytest.fixture(scope="module")
def runs(server: Server, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """One that completed, and one that failed after a line, a package and data had changed."""
    tmp_path = tmp_path_factory.mktemp("changes")
    top = repository(tmp_path / "project", train_py=SCRIPT)
    python = environment(tmp_path / "venv", transformers="5.21.0", torch="2.4.0")
    (top / "data.jsonl").write_text("{}\n" * 1000)
    good = _recorded(server, top, str(python), "train.py", "--lr", "2e-4", "data.jsonl")
    (top / "train.py").write_text(SCRIPT.replace("step + 1", "step - 1") + "# to be looked at\n")
    git(top, "commit", "-qam", "second")
    site = next((tmp_path / "venv").glob("lib/*/site-packages"))
    (site / "transformers-5.21.0.dist-info").rename(site / "transformers-5.23.0.dist-info")
    (top / "data.jsonl").write_text("{}\n" * 1312)
    return good, _recorded(server, top, str(python), "train.py", "--lr", "2e-3", "data.jsonl")


def test_a_failed_run_names_the_line_that_is_new_and_leads_to_both_side_by_side(
    server: Server, open_page: OpenPage, runs: tuple[str, str]
) -> None:
    good, bad = runs
    page = open_page(server, f"/runs/{bad}")
    box = page.get_by_role("region", name="What changed")
    expect(box.get_by_role("link", name=good)).to_have_attribute("href", f"/runs/{good}")
    first = box.get_by_role("listitem").first
    expect(first).to_contain_text("train.py +2 −1")
    expect(first).to_contain_text("the line that failed is new")
    for words in ("--lr 2e-4 → 2e-3", "transformers 5.21.0 → 5.23.0", "rows 1,000 → 1,312"):
        expect(box.get_by_text(words)).to_be_visible()
    box.get_by_role("link", name="Compare side by side").click()
    expect(page).to_have_url(re.compile(f"compare.ids={good},{bad}"))
    code = page.get_by_role("region", name="Changes in train.py")
    failed = code.get_by_role("row").filter(has_text="in the traceback")
    expect(failed).to_contain_text("return 1 / (step + 1)")
    expect(failed).to_contain_text("return 1 / (step - 1)")
    expect(page.get_by_role("heading", name="Compare 2 runs")).to_be_in_viewport()
    expect(
        page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="transformers"))
    ).to_contain_text("5.23.0")


@pytest.mark.parametrize("width", [1366, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_changed_has_no_violation_and_is_photographed(
    server: Server, open_page: OpenPage, runs: tuple[str, str], scheme: str, width: int
) -> None:
    good, bad = runs
    page = open_page(
        server,
        f"/compare?ids={good},{bad}",
        color_scheme=scheme,
        viewport={"width": width, "height": 900},
    )
    code = page.get_by_role("region", name="Changes in train.py")
    expect(code).to_be_visible()
    photograph(page, f"changes-{scheme}-{width}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    code.scroll_into_view_if_needed()
    photograph(page, f"changes-compared-{scheme}-{width}")
    has_no_violation(page)
