"""What asks for attention: logging in, flags, health, what is left of a run, that it ended."""

import json
import re

from playwright.sync_api import expect
from tests.real import until

from e2e.conftest import PASSWORD, OpenPage, Server, row_of
from e2e.logs import HEARD_OF
from lastwords.folders.runfolder import attempt_folder
from lastwords.recording import processes, recorder

# Headless Chromium calls every page visible, so the page is told what a hidden one is told; and
# what it shows as a notification, which no driver can see, is noted besides.
_HIDE = """
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => true })
  document.dispatchEvent(new Event('visibilitychange'))
"""
_NOTE = """
  window.told = []
  window.Notification = class extends Notification {
    constructor(title, options) {
      super(title, options)
      told.push([title, options.body])
    }
  }
"""


def test_the_password_of_the_server_logs_in_and_a_wrong_one_does_not(
    set_up_server: Server, open_page: OpenPage
) -> None:
    page = open_page(set_up_server)
    page.context.clear_cookies()
    page.goto(set_up_server.url)
    field = page.get_by_label("Password or token")
    field.fill("close, ")
    # What is typed stays while the page goes on asking whether somebody is logged in.
    with page.expect_response(lambda response: response.status == 401):
        pass
    field.press_sequentially("sesame")
    expect(field).to_have_value("close, sesame")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_contain_text("lastwords url")
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill(PASSWORD)
    field.press("Enter")
    expect(page.get_by_role("link", name="Runs")).to_be_visible()
    expect(field).to_have_count(0)


def test_a_run_whose_recorder_died_is_flagged_in_the_list_on_its_page_and_on_system(
    set_up_server: Server, open_page: OpenPage
) -> None:
    server = set_up_server
    run_id = server.run("hangs", name="orphan")
    server.wait(run_id, "running")
    server.log_says(run_id, b"ready")
    folder = attempt_folder(server.home, run_id, 1)
    identity = until(lambda: recorder.recorder_identity(folder))  # its child may speak before
    page = open_page(server, f"/?q={run_id}")
    expect(row_of(page, run_id)).to_contain_text("Running")
    processes.send_signal(identity, 9)
    expect(row_of(page, run_id).get_by_title("The recorder died")).to_have_text("recorder died")
    page.get_by_role("link", name="orphan").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("recorder died")
    page.get_by_role("link", name="System").click()
    troubled = page.get_by_role("list", name="Recorders with errors")
    expect(troubled.get_by_role("listitem").filter(has_text=run_id)).to_contain_text(
        "recorder died"
    )
    health = page.get_by_role("region", name="Server health")
    expect(health).to_contain_text("this server")
    versions = json.loads(server.request("GET", "/health"))["versions"]
    for version in versions.values():
        expect(health).to_contain_text(version)
    server.request("POST", f"/runs/{run_id}/cancel")


def test_a_running_run_says_how_far_it_is_and_how_long_it_will_take(
    set_up_server: Server, open_page: OpenPage
) -> None:
    run_id = set_up_server.run("trains-for-10s")
    page = open_page(set_up_server, f"/?q={run_id}")
    row = row_of(page, run_id)
    expect(row).to_contain_text(re.compile(r"Training · step \d+ of 200 · under\s1\smin\sleft"))
    expect(row.get_by_role("progressbar")).to_be_visible()
    expect(row).to_contain_text("Completed")
    expect(row.get_by_role("progressbar")).to_have_count(0)
    page.goto(f"{set_up_server.url}/runs/{run_id}")
    stages = page.get_by_role("region", name="Stages").get_by_role("listitem")
    expect(stages.first).to_contain_text("Loading examples")
    expect(stages.last).to_contain_text("Saving adapter")


def test_the_list_is_narrowed_by_model_and_by_cause_from_a_row(
    set_up_server: Server, open_page: OpenPage
) -> None:
    wanted = set_up_server.finished("raises", name="has no label")
    other = set_up_server.finished("exits-3", name="says nothing")
    page = open_page(set_up_server)
    row_of(page, wanted).get_by_role("link", name="data.empty").click()
    expect(row_of(page, other)).to_have_count(0)
    expect(row_of(page, wanted)).to_be_visible()
    assert page.url.endswith("/?cause=data.empty")
    page.get_by_role("button", name="Cause: data.empty").click()
    row_of(page, other).get_by_role("link", name="exits-3").click()
    expect(row_of(page, wanted)).to_have_count(0)
    expect(row_of(page, other)).to_be_visible()
    assert page.url.endswith("/?model=exits-3")


def test_the_end_of_a_run_is_notified_where_somebody_asked_for_it(
    set_up_server: Server, open_page: OpenPage
) -> None:
    server = set_up_server
    origin = f"http://127.0.0.1:{server.port}"
    page = open_page(server)
    page.context.grant_permissions(["notifications"], origin=origin)
    page.add_init_script(_NOTE)
    page.goto(f"{origin}/?token={server.token}")
    page.goto(f"{origin}/system/settings")
    wanted = page.get_by_role("checkbox", name="Notify me in this browser")
    wanted.click()
    expect(wanted).to_be_checked()
    run_id = server.run("waits-then-exits-3", name="worth waiting for")
    server.wait(run_id, "running")
    page.goto(origin)
    expect(row_of(page, run_id)).to_contain_text("Running")
    until(lambda: page.evaluate(HEARD_OF))  # so that it can tell of their ends
    page.evaluate(_HIDE)
    (server.log_of(run_id).parent / "go").touch()
    expect(page).to_have_title("(1) Runs · Lastwords")
    until(lambda: page.evaluate("told.length"))
    assert page.evaluate("told") == [["worth waiting for: Failed", "Ended with exit code 3"]]
