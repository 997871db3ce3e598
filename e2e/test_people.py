"""Labels, people and read-only links, in the browser."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from e2e.conftest import LASTWORDS, OpenPage, Server, photograph, row_of

SECRET = "hf_" + "Ab1" * 12


def person(server: Server, name: str, role: str) -> str:
    """The token of a new person."""
    command = [str(LASTWORDS), "user", "add", name, "--role", role, "--home", str(server.home)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1]


def log_in(page: Page, server: Server, token: str) -> None:
    """As somebody who was given a token does: on the login page."""
    page.goto(server.url)
    page.get_by_label("Password or token").fill(token)
    page.get_by_role("button", name="Log in").click()


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found]


def test_a_run_is_renamed_tagged_and_starred_by_keyboard(
    own_server: Server, open_page: OpenPage
) -> None:
    run_id = own_server.finished("raises")
    page = open_page(own_server, f"/runs/{run_id}")
    expect(page.get_by_role("heading", level=1)).to_contain_text(run_id)
    page.keyboard.press("s")
    expect(page.get_by_role("button", name="Star", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    page.keyboard.press("e")
    expect(page.get_by_role("dialog", name="Edit labels")).to_be_visible()
    page.keyboard.type("best of november")
    page.keyboard.press("Tab")
    page.keyboard.type("Speech")
    page.keyboard.press("Tab")
    page.keyboard.type("baseline, for the paper")
    photograph(page, "edit-labels")
    assert violations(page) == []
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_contain_text("best of november")
    page.get_by_role("link", name="for the paper").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"q=tag%3A%22for\+the\+paper%22"))
    row = row_of(page, run_id)
    expect(row).to_contain_text("best of november")
    expect(row.get_by_role("img", name="Starred")).to_be_visible()
    expect(row.get_by_role("link", name="for the paper")).to_be_visible()
    photograph(page, "list-labels")
    found = own_server.api.show(run_id)
    assert (found["starred"], found["labels"]["project"]) == (True, "Speech")


def test_several_runs_are_tagged_at_once(own_server: Server, open_page: OpenPage) -> None:
    runs = [own_server.finished("raises", tags=["old"]) for _ in range(2)]
    page = open_page(own_server)
    page.get_by_label("Select all runs on this page").check()
    page.get_by_role("button", name="Tag 2").click()
    expect(page.get_by_role("dialog", name="Tag 2 runs")).to_be_visible()
    page.keyboard.type("sweep")
    page.get_by_label("Tags to remove").fill("OLD")
    page.get_by_label("Project (empty: unchanged)").fill("vision")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("link", name="sweep")).to_have_count(2)
    for run_id in runs:
        labels = own_server.api.show(run_id)["labels"]
        assert labels == {"project": "vision", "tags": ["sweep"]}


def test_a_training_is_started_with_labels_and_started_again_with_them(
    own_server: Server, open_page: OpenPage
) -> None:
    page = open_page(own_server, "/new")
    page.get_by_label("Base model").fill("raises")
    page.get_by_label("Database").fill("ask_ai.db")
    page.get_by_label("Project", exact=True).fill("speech")
    page.get_by_label("Tags", exact=True).fill("one, two words")
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_role("link", name="two words")).to_be_visible()
    run_id = page.url.rpartition("/")[2]
    assert own_server.api.show(run_id)["labels"] == {
        "project": "speech",
        "tags": ["one", "two words"],
    }
    page.goto(f"{own_server.url}/new?from={run_id}")
    expect(page.get_by_label("Tags", exact=True)).to_have_value("one, two words")
    own_server.wait(run_id)


def test_a_viewer_cannot(own_server: Server, open_page: OpenPage) -> None:
    run_id = own_server.finished("raises", name="to be seen")
    token = person(own_server, "vera", "viewer")
    page = open_page(own_server)
    page.context.clear_cookies()
    log_in(page, own_server, token)
    expect(page.get_by_title("Logged in as vera · viewer")).to_be_visible()
    expect(page.get_by_role("link", name="to be seen")).to_be_visible()
    expect(page.get_by_role("button", name="Start training")).to_have_count(0)
    photograph(page, "list-viewer")
    page.goto(f"{own_server.url}/runs/{run_id}")
    expect(page.get_by_role("heading", name="Error", exact=True)).to_be_visible()
    for name in ("Delete", "Retry", "Run again", "Edit labels", "Share…", "Star"):
        expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)
    page.keyboard.press("s")
    page.goto(f"{own_server.url}/new")
    expect(page.get_by_text("You can view runs, but not start or change them.")).to_be_visible()
    page.goto(f"{own_server.url}/system")
    expect(page.get_by_role("heading", name="System")).to_be_visible()
    expect(page.get_by_role("link", name="Settings")).to_be_visible()
    expect(page.get_by_role("link", name="Audit")).to_have_count(0)
    sent = page.evaluate(
        """async (id) => (await fetch(`/api/training/runs/${id}`, {method: 'DELETE'})).status""",
        run_id,
    )
    assert sent == 403 and own_server.api.show(run_id)["starred"] is False


def test_a_read_only_link_opens_only_its_run(
    own_server: Server, open_page: OpenPage, tmp_path: Path
) -> None:
    script = f"print('logged in with {SECRET}'); raise ValueError('no such column')"
    run_id = own_server.record(script)
    other = own_server.finished("raises")
    page = open_page(own_server, f"/runs/{run_id}")
    page.get_by_role("button", name="Share…").click()
    page.get_by_role("button", name="Create link").click()
    url = page.get_by_label("Link", exact=True).input_value()
    expect(page.get_by_text(re.compile("Valid until .*, created by admin"))).to_be_visible()
    photograph(page, "share")
    assert violations(page) == []
    page.context.clear_cookies()
    page.goto(url)
    expect(page).to_have_url(f"{own_server.url}/runs/{run_id}")
    expect(page.get_by_title("Logged in as read-only link")).to_be_visible()
    expect(page.get_by_text("ValueError: no such column").first).to_be_visible()
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    expect(page.get_by_role("button", name="Go to…")).to_be_hidden()
    expect(page.get_by_role("alert")).to_have_count(0)
    photograph(page, "shared-run")
    page.get_by_role("link", name="View log").first.click()
    expect(page.get_by_text("logged in with ***")).to_be_visible()
    assert SECRET not in page.content()
    page.goto(f"{own_server.url}/runs/{other}")
    expect(page.get_by_text("this link opens one run")).to_be_visible()
    links = json.loads(own_server.request("GET", f"/runs/{run_id}/links"))["links"]
    own_server.request("DELETE", f"/runs/{run_id}/links/{links[0]['id']}")
    page.goto(f"{own_server.url}/runs/{run_id}")
    expect(page.get_by_role("heading", name="Log in to Lastwords")).to_be_visible()


def test_somebody_is_added_logs_in_by_the_link_gets_another_role_and_is_removed(
    own_server: Server, open_page: OpenPage
) -> None:
    page = open_page(own_server, "/system/people")
    expect(page.get_by_text("Nobody yet")).to_be_visible()
    page.get_by_label("Name").fill("anna@example.org")
    page.get_by_label("Role").select_option("Operator: starts, stops and labels runs, too")
    page.get_by_label("Role").press("Tab")
    page.keyboard.press("Enter")
    told = page.get_by_role("status").filter(has_text="It is shown only now")
    link = told.get_by_role("textbox", name="Login link").input_value()
    table = page.get_by_role("table", name="People")
    row = table.get_by_role("row").filter(has_text="anna@example.org")
    expect(row.get_by_label("Role of anna@example.org")).to_have_value("operator")
    assert violations(page) == []
    page.get_by_label("Name").fill("ANNA@example.org")
    page.get_by_role("button", name="Add person").click()
    expect(page.get_by_role("alert")).to_contain_text("is there already")
    page.reload()
    expect(row).to_be_visible()
    expect(told).to_have_count(0)
    theirs = open_page(own_server)
    theirs.context.clear_cookies()
    theirs.goto(link)
    expect(theirs.get_by_title("Logged in as anna@example.org · operator")).to_be_visible()
    theirs.goto(f"{own_server.url}/system")
    parts = theirs.get_by_role("navigation", name="Parts of the system page")
    expect(parts.get_by_role("link", name="Storage")).to_be_visible()
    expect(parts.get_by_role("link", name="People")).to_have_count(0)
    role = row.get_by_label("Role of anna@example.org")
    page.bring_to_front()
    role.focus()
    role.select_option("Viewer")
    expect(page.get_by_role("status", name="Done just now")).to_contain_text("is now Viewer")
    expect(role).to_be_focused()
    expect(role).to_have_value("viewer")
    theirs.reload()
    expect(theirs.get_by_title("Logged in as anna@example.org · viewer")).to_be_visible()
    row.get_by_role("button", name="Remove anna@example.org").click()
    dialog = page.get_by_role("dialog", name="Remove anna@example.org?")
    dialog.get_by_role("button", name="Remove").click()
    expect(row).to_have_count(0)
    assert page.evaluate("document.activeElement !== document.body")
    theirs.reload()
    expect(theirs.get_by_role("heading", name="Log in to Lastwords")).to_be_visible()
