"""Charts that can be trusted, and several runs side by side."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from e2e.conftest import OpenPage, Server, has_no_violation, photograph, row_of

# What Hugging Face's trainer prints: a dict every 10 steps, the evaluation's between them.
SCRIPT = """
import sys
rate = float(sys.argv[2])
for step in range(1, 41):
    print({"loss": 2 / (1 + rate * step), "grad_norm": 1.0, "learning_rate": 1e-3 - step * 5e-6,
           "epoch": step / 10})
    if step % 10 == 0:
        print({"eval_loss": 0.5 + abs(step - 20) / 50, "epoch": step / 10})
if len(sys.argv) > 3:
    raise SystemExit("no more " + sys.argv[3])
"""


@pytest.fixture(scope="module")
def runs(server: Server) -> list[str]:
    """Two that completed and one that failed, of recorded commands that print their numbers."""
    given = (("0.1",), ("0.2",), ("0.4", "--fail"))
    return [server.record(SCRIPT, "--lr", *words) for words in given]


def test_a_chart_has_epochs_both_losses_its_best_value_and_a_zoom_for_all(
    server: Server, open_page: OpenPage, runs: list[str]
) -> None:
    page = open_page(server, f"/runs/{runs[0]}")
    chart = page.get_by_role("img", name=re.compile("^Loss,"))
    expect(chart.locator("canvas")).to_be_visible()
    for words in ("Evaluation loss: lowest 0\\.5000", "0\\.1 – 4\\."):
        expect(chart).to_have_attribute("aria-label", re.compile(words))
    figure = page.get_by_role("figure").filter(has=chart)
    expect(figure.get_by_text("best 0.5000 at epoch 2", exact=True)).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("^Evaluation"))).to_have_count(0)
    rate = page.get_by_role("figure").filter(has=page.get_by_role("img", name="Learning rate"))
    # The pointer on one chart is on all of them.
    canvas = chart.locator(".u-over")
    box = canvas.bounding_box()
    assert box
    canvas.hover(position={"x": box["width"] / 2, "y": 40})
    expect(rate.get_by_text(re.compile(r"at epoch (1\.9|2|2\.1)$"))).to_be_visible()
    # A part is chosen by dragging, stands in the address, and is left by a button.
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 60, steps=5)
    page.mouse.up()
    reset = page.get_by_role("button", name="Reset zoom")
    expect(reset).to_be_visible()
    expect(page).to_have_url(re.compile(r"zoom=[\d.]+(~|%7E)[\d.]+"))
    page.get_by_label("Smoothing").select_option("Medium")
    expect(page).to_have_url(re.compile("smooth=0.9"))
    page.reload()
    expect(page.get_by_label("Smoothing")).to_have_value("0.9")
    expect(chart.locator("canvas")).to_be_visible()
    photograph(page, "charts-zoomed")
    reset.click()
    expect(reset).to_have_count(0)


def test_what_was_reported_with_times_is_drawn_over_steps_or_time(
    server: Server, open_page: OpenPage
) -> None:
    page = open_page(server, f"/runs/{server.finished('trains')}")
    axis = page.get_by_role("group", name="Horizontal axis")
    expect(axis.get_by_role("button", name="Step", pressed=True)).to_be_visible()
    axis.get_by_role("button", name="Time").click()
    expect(axis.get_by_role("button", name="Time", pressed=True)).to_be_visible()
    chart = page.get_by_role("figure").filter(
        has=page.get_by_role("img", name=re.compile("^Loss,"))
    )
    expect(chart.get_by_text(re.compile(r"at 0:\d\d$"))).to_be_visible()


def test_three_ticked_runs_stand_side_by_side_flag_by_flag(
    server: Server, open_page: OpenPage, runs: list[str]
) -> None:
    page = open_page(server)
    for run_id in runs:
        row_of(page, run_id).get_by_role("checkbox").click()
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url(f"**/compare?ids={','.join(runs)}")
    expect(page.get_by_role("heading", name="Compare 3 runs")).to_be_visible()
    table = page.get_by_role("table", name="Differences")
    row = table.get_by_role("row").filter(has=page.get_by_role("rowheader", name="--lr"))
    expect(row.get_by_role("cell")).to_have_text(["0.1", "0.2", "0.4"])
    expect(table.get_by_role("row", name="argument 1")).to_have_count(0)
    page.get_by_role("button", name=re.compile("Show . parameters that are the same")).click()
    expect(table.get_by_role("row", name="program").first).to_be_visible()
    loss = page.get_by_role("img", name=re.compile("^Loss,"))
    expect(loss.locator("canvas")).to_be_visible()
    expect(loss).to_have_attribute("aria-label", re.compile("(lowest.*){3}"))
    results = page.get_by_role("table", name="Results")
    best = results.get_by_role("row", name="Final loss").get_by_role("cell", name="best")
    expect(best).to_contain_text("0.1176")
    errors = page.get_by_role("region", name="Errors")
    expect(errors.get_by_role("listitem")).to_have_count(1)
    expect(errors).to_contain_text("no more --fail")
    photograph(page, "compare-three")
    has_no_violation(page)
    page.get_by_role("button", name="out of the comparison").first.click()
    page.wait_for_url(f"**/compare?ids={runs[1]},{runs[2]}")
    expect(page.get_by_role("heading", name="Compare 2 runs")).to_be_visible()


def test_a_run_is_compared_from_its_page_and_from_the_palette_by_keyboard(
    server: Server, open_page: OpenPage, runs: list[str]
) -> None:
    first, second, _ = runs
    page = open_page(server, f"/runs/{second}")
    page.get_by_role("textbox", name="Compare with").fill(first)
    page.get_by_role("button", name=f"({first})").click()
    page.wait_for_url(f"**/compare?ids={first},{second}")
    page.goto(f"{server.url}/runs/{second}?with={first}")  # as it was linked before
    page.wait_for_url(f"**/compare?ids={first},{second}")
    page.goto(f"{server.url}/runs/{second}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("compare this")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/compare?ids={second}")
    # Enter takes what is found for these words, not what was found before.
    page.get_by_role("textbox", name="Add a run").fill(first)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/compare?ids={second},{first}")
    expect(page.get_by_role("table", name="Differences")).to_contain_text("0.2")
