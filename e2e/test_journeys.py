"""What people come for, from the list to the end, in as few steps as the page allows."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from e2e.conftest import LASTWORDS, OpenPage, Server, _server, choose, read_clipboard, row_of

SCRIPT = """
import sys, torch_like
flags = sys.argv[1:]
print({"loss": 0.5, "epoch": 1.0})
if int(flags[flags.index("--per_device_train_batch_size") + 1]) > 32:
    raise torch_like.OutOfMemoryError("CUDA out of memory. Tried to allocate 1.96 GiB.")
"""
TORCH_LIKE = """
OutOfMemoryError = type("OutOfMemoryError", (RuntimeError,), {"__module__": "torch"})
"""


def _started(server: Server, *command: str) -> str:
    """The run of a command that is recorded to its end."""
    words = [str(LASTWORDS), "run", "--home", str(server.home), "--json", "--", *command]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60)
    return str(json.loads(done.stdout)["id"])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, dict[str, str]]]:
    """A server with a command that ran out of memory among others; the runs' ids by name."""
    place = tmp_path_factory.mktemp("journeys")
    server = _server(place)
    server.start()
    (place / "train.py").write_text(SCRIPT)
    (place / "torch_like.py").write_text(TORCH_LIKE)
    size = "--per_device_train_batch_size"
    script = [sys.executable, str(place / "train.py"), size]
    ids = {
        "fits": _started(server, *script, "32"),
        "oom": _started(server, *script, "64"),
        "torchrun": _started(server, "torchrun-is-not-here"),
        "deepspeed": _started(server, "deepspeed-is-not-here"),
        "named": server.finished("trains", name="failed once, mended now"),
        "training": server.finished("raises", name="of the page"),
        "adapter": server.finished("trains", name="one with an adapter"),
    }
    yield server, ids
    server.end()


def test_todays_oom_becomes_a_bug_report_in_two_clicks(
    home: tuple[Server, dict[str, str]], open_page: OpenPage
) -> None:
    server, ids = home
    page = open_page(server)
    expect(row_of(page, ids["oom"])).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("oom since:today")
    expect(row_of(page, ids["fits"])).to_have_count(0)
    row = row_of(page, ids["oom"])
    expect(row).to_contain_text("Out of GPU memory: could not allocate 1.96 GiB")
    row.get_by_role("button", name="Expand error").click()
    page.get_by_role("button", name="Copy bug report").click()
    expect(page.get_by_role("status").filter(has_text="Bug report copied")).to_have_count(1)
    report = read_clipboard(page, server)
    assert report.count("Tried to allocate 1.96 GiB") <= 3
    assert f"`{ids['oom']}`" in report and "Python" in report


def test_a_command_is_run_again_with_the_change_that_is_advised(
    home: tuple[Server, dict[str, str]], open_page: OpenPage
) -> None:
    server, ids = home
    page = open_page(server, f"/runs/{ids['oom']}")
    expect(page.get_by_text("An allocation did not fit into the free memory")).to_be_visible()
    expect(page.get_by_text("--per_device_train_batch_size 64 → 32")).to_be_visible()
    step = page.get_by_role("listitem").filter(has_text="Compute fewer examples at once")
    step.get_by_role("button", name="Copy").click()
    command = read_clipboard(page, server)
    assert "--per_device_train_batch_size 32" in command and "train.py" in command
    subprocess.run(["bash", "-c", command], check=True, timeout=60, stdout=subprocess.DEVNULL)


def test_the_word_failed_finds_runs_that_failed(
    home: tuple[Server, dict[str, str]], open_page: OpenPage
) -> None:
    server, ids = home
    page = open_page(server, "/?q=failed")
    for name in ("oom", "torchrun", "deepspeed", "training"):
        expect(row_of(page, ids[name])).to_be_visible()
    expect(row_of(page, ids["fits"])).to_have_count(0)
    expect(page.get_by_role("button", name="Failed 4")).to_be_visible()


def test_two_commands_that_are_not_there_are_two_errors(
    home: tuple[Server, dict[str, str]], open_page: OpenPage
) -> None:
    server, _ = home
    page = open_page(server, "/errors?q=not-here")
    rows = page.get_by_role("row").filter(has_text="Command not found")
    expect(rows).to_have_count(2)
    rows.filter(has_text="torchrun").get_by_role("button", name="Mark as resolved").click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("deepspeed")


def test_the_runs_of_one_person_are_found_and_a_link_to_one_is_copied(
    home: tuple[Server, dict[str, str]], open_page: OpenPage
) -> None:
    server, ids = home
    page = open_page(server, "/?q=user:admin")
    expect(row_of(page, ids["training"])).to_be_visible()
    expect(row_of(page, ids["oom"])).to_have_count(0)
    row_of(page, ids["training"]).get_by_role("link", name="of the page").click()
    expect(page.get_by_role("definition").filter(has_text="admin")).to_be_visible()
    choose(page, "Copy link")
    expect(page.get_by_role("status").filter(has_text="opied")).not_to_have_count(0)
    assert read_clipboard(page, server) == f"{server.url}/runs/{ids['training']}"
    page.goto(f"{server.url}/runs/{ids['oom']}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.keyboard.press("c")
    said = page.get_by_role("status", name="Done just now")
    expect(said).to_contain_text("opied")
    assert read_clipboard(page, server) == f"{server.url}/runs/{ids['oom']}"


def test_a_run_that_is_retried_is_on_top_and_its_files_are_one_download(
    home: tuple[Server, dict[str, str]], open_page: OpenPage
) -> None:
    server, ids = home
    page = open_page(server)
    page.get_by_role("checkbox", name="Select of the page").check()
    page.get_by_role("button", name="Retry 1").click()
    server.wait(ids["training"], "failed")
    expect(page.get_by_role("row").nth(1)).to_contain_text("Attempt 2")
    page.get_by_role("link", name="failed once, mended now").click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download all (zip)").click()
    assert waiting.value.suggested_filename == f"{ids['named']}.zip"
    page.get_by_role("button", name="Preview training_run.json").click()
    shown = page.get_by_role("region", name="Preview of training_run.json")
    expect(shown).to_contain_text('{"final_loss": 0.25}')
    audit = json.loads(server.request("GET", "/audit"))["entries"]
    assert [entry["run"] for entry in audit if entry["action"] == "download"] == [ids["named"]] * 2


def test_a_theme_is_chosen_and_kept(
    home: tuple[Server, dict[str, str]], open_page: OpenPage
) -> None:
    server, _ = home
    page = open_page(server, "/system/settings", color_scheme="light")
    background = "() => getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(background)
    page.get_by_label("Theme").select_option("Dark")
    page.wait_for_function(f"(light) => ({background})() !== light", arg=light)
    page.reload()
    expect(page.get_by_label("Theme")).to_have_value("dark")
    assert page.evaluate(background) != light
    page.keyboard.press("Control+k")
    page.keyboard.type("colours of this device")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Theme")).to_have_value("system")
    page.wait_for_function(f"(light) => ({background})() === light", arg=light)


def test_the_adapter_of_a_training_is_one_click_from_its_page(
    home: tuple[Server, dict[str, str]], open_page: OpenPage
) -> None:
    server, ids = home
    page = open_page(server, f"/runs/{ids['adapter']}")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download adapter").click()
    assert waiting.value.suggested_filename == f"{ids['adapter']}.zip"
    page.goto(f"{server.url}/runs/{ids['fits']}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("link", name="Download adapter")).to_have_count(0)
