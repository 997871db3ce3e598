"""The list and what can be done with a run."""

import json
import signal

from playwright.sync_api import expect
from tests.real import until

from e2e.conftest import OpenPage, Server, choose, row_of
from lastwords.records import now, timestamp


def test_an_empty_home_says_what_to_do(own_server: Server, open_page: OpenPage) -> None:
    page = open_page(own_server)
    expect(page.get_by_text("No runs yet")).to_be_visible()
    expect(page.get_by_text("lastwords run --")).to_be_visible()


def test_a_training_is_started_from_the_form_and_completes(
    own_server: Server, open_page: OpenPage
) -> None:
    page = open_page(own_server)
    page.get_by_role("button", name="Start training").click()
    page.get_by_label("Name").fill("from the form")
    page.get_by_label("Base model").fill("trains")
    page.get_by_label("Database").fill("ask_ai.db")
    page.get_by_role("button", name="Start training").click()
    page.wait_for_url("**/runs/run_*")
    expect(page.get_by_text("Completed").first).to_be_visible()
    page.get_by_role("link", name="Runs").first.click()
    row = page.get_by_role("row").filter(has_text="from the form")
    expect(row).to_contain_text("Completed")


def test_the_form_names_the_field_that_the_server_refuses_until_it_is_changed(
    own_server: Server, open_page: OpenPage
) -> None:
    page = open_page(own_server, "/new")
    page.get_by_label("Base model").fill("trains")
    page.get_by_label("Database").fill("/etc/passwd")
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_text("LASTWORDS_DATA_ROOTS")).to_be_visible()
    database = page.get_by_label("Database")
    expect(database).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("Database: ")).to_be_visible()
    expect(page.get_by_text("Not started: 1 field needs attention.")).to_be_visible()
    assert own_server.api.list(10, "", "") == []
    page.get_by_label("Epochs").fill("1")
    expect(database).to_have_attribute("aria-invalid", "true")
    database.fill("ask_ai.db")
    expect(database).to_have_attribute("aria-invalid", "false")
    expect(page.get_by_text("Not started")).to_have_count(0)


def test_the_form_has_few_fields_marks_what_a_rerun_changes_and_its_button_in_reach(
    own_server: Server, open_page: OpenPage
) -> None:
    run_id = own_server.finished("trains", name="first", learningRate=1e-4, batchSize=2)
    page = open_page(own_server, "/new", viewport={"width": 1366, "height": 700})
    expect(page.get_by_label("Batch size")).to_be_visible()
    expect(page.get_by_label("LoRA rank")).to_be_hidden()
    expect(page.get_by_label("Training type")).to_have_count(0)
    expect(page.get_by_role("button", name="Start training")).to_be_in_viewport()
    page.get_by_text("Advanced").click()
    expect(page.get_by_label("LoRA rank")).to_be_visible()
    page.goto(f"{own_server.url}/new?from={run_id}")
    bar = page.get_by_role("region", name="Start")
    expect(bar).to_contain_text("Nothing changed yet")
    page.get_by_label("Batch size").fill("4")
    page.get_by_label("Epochs").fill("5")
    expect(bar).to_contain_text("2 fields changed")
    expect(page.get_by_text("was 2", exact=True)).to_be_visible()
    page.get_by_label("Epochs").fill("3")
    expect(bar).to_contain_text("1 field changed")
    page.get_by_label("Base model").press("Enter")
    page.wait_for_url("**/runs/run_*")
    (again,) = [run for run in own_server.api.list(10, "", "") if run["id"] != run_id]
    asked = json.loads(own_server.request("GET", f"/runs/{again['id']}"))["spec"]
    assert (asked["batchSize"], asked["learningRate"]) == (4, 1e-4)


def test_a_run_is_cancelled_from_its_page(own_server: Server, open_page: OpenPage) -> None:
    run_id = own_server.run("trains-slowly")
    own_server.wait(run_id, "running")
    page = open_page(own_server, f"/runs/{run_id}")
    stop = page.get_by_role("button", name="Stop run")
    stop.click()
    dialog = page.get_by_role("dialog", name="Stop this run?")
    expect(dialog).to_contain_text("everything it saved so far are kept")
    dialog.get_by_role("button", name="Keep it running").click()
    expect(dialog).to_have_count(0)
    assert own_server.api.show(run_id)["status"] == "running"
    stop.press("Enter")
    dialog.get_by_role("button", name="Stop run").click()
    expect(page.get_by_text("Cancelled").first).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="The run was stopped.")).to_have_count(1)
    expect(page.get_by_role("button", name="Retry")).to_be_focused()
    assert own_server.wait(run_id)["status"] == "cancelled"


def test_an_earlier_attempt_is_shown_with_its_own_facts(
    own_server: Server, open_page: OpenPage
) -> None:
    run_id = own_server.finished("exits-3")
    page = open_page(own_server, f"/runs/{run_id}")
    first = own_server.api.show(run_id)["startedAt"][:19]
    until(lambda: timestamp(now())[:19] > first)  # the second attempt starts in another second
    choose(page, "Retry")
    expect(page.get_by_text("Attempt 2").first).to_be_visible()
    own_server.wait(run_id)
    page.reload()  # what it has drawn of the second attempt may be from its very start
    attempts = page.get_by_role("region", name="Attempts").get_by_role("listitem")
    older, newest = (attempts.filter(has_text=f"Attempt {number}") for number in (1, 2))
    expect(newest.locator(".num").first).not_to_have_text("–")
    started = [item.locator(".num").first.inner_text() for item in (older, newest)]
    older.get_by_role("link", name="Attempt 1").click()
    expect(page.get_by_text("This is attempt 1 of 2.")).to_be_visible()
    expect(page.locator("dl").first).to_contain_text(started[0])
    expect(page.get_by_role("heading", name="Run it yourself")).to_have_count(0)
    page.get_by_role("link", name="Show the newest attempt").click()
    expect(page.locator("dl").first).to_contain_text(started[1])
    expect(page.get_by_text("This is attempt 1 of 2.")).to_have_count(0)
    switch = page.get_by_role("navigation", name="Attempts")
    expect(switch).to_contain_text("Attempt 2 of 2")
    switch.get_by_role("link", name="Previous attempt").click()
    expect(page.locator("dl").first).to_contain_text(started[0])
    expect(switch.get_by_role("link")).to_have_count(1)


def test_a_run_without_a_name_goes_by_its_command_and_is_found_by_its_words(
    own_server: Server, open_page: OpenPage
) -> None:
    mine = own_server.record("pass", "--lr", "6e-4", "тренировка")
    own_server.record("raise SystemExit(3)", "--lr", "1e-5")
    page = open_page(own_server)
    rows = page.get_by_role("row").filter(has_text="run_")
    expect(rows).to_have_count(2)
    search = page.get_by_role("combobox", name="Search runs")
    for words in ("6e-4 --lr", "ТРЕНИРОВКА"):
        search.fill(words)
        expect(rows).to_have_count(1)
        expect(page.get_by_role("link", name="--lr 6e-4")).to_be_visible()
        assert mine in rows.first.inner_text()
        expect(page.get_by_role("button", name="All 1")).to_be_visible()
    search.fill("failed")
    expect(page.get_by_role("link", name="--lr 1e-5")).to_be_visible()
    expect(rows).to_have_count(1)


def test_a_failed_run_is_retried_and_deleted_after_confirmation(
    own_server: Server, open_page: OpenPage
) -> None:
    run_id = own_server.finished("exits-3")
    page = open_page(own_server, f"/runs/{run_id}")
    choose(page, "Retry")
    expect(page.get_by_text("Attempt 2").first).to_be_visible()
    own_server.wait(run_id)
    choose(page, "Delete")
    dialog = page.get_by_role("dialog", name="Delete this run?")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    choose(page, "Delete")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No runs yet")).to_be_visible()
    assert not (own_server.home / "runs" / run_id).exists()


def test_status_filter_and_search_stand_in_the_url(own_server: Server, open_page: OpenPage) -> None:
    own_server.finished("exits-3", name="pears")
    own_server.finished("trains", name="apples")
    page = open_page(own_server)
    page.get_by_role("group", name="Filter by status").get_by_text("Failed").click()
    expect(page.get_by_role("row").filter(has_text="pears")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="apples")).to_have_count(0)
    page.goto(f"{own_server.url}/?q=apples")
    expect(page.get_by_role("row").filter(has_text="apples")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="pears")).to_have_count(0)


def test_the_list_refreshes_itself(own_server: Server, open_page: OpenPage) -> None:
    page = open_page(own_server)
    expect(page.get_by_text("No runs yet")).to_be_visible()
    run_id = own_server.run("trains")
    row = row_of(page, run_id)
    expect(row).to_contain_text("Completed")


def test_older_runs_are_reached_by_cursor(own_server: Server, open_page: OpenPage) -> None:
    from lastwords.store.runs import Store
    from lastwords.store.sqlite import Database

    store = Store(own_server.home / "lastwords.db")
    database: Database = store.db
    with database.atomic():
        for number in range(120):
            row = {
                "id": f"run_20260101_{number:06d}",
                "kind": "command",
                "status": "completed",
                "created_at": f"2026-01-01T00:00:{number % 60:02d}.000Z",
                "triggered_by": "command line",
                "command": "[]",
                "spec": "{}",
            }
            database.table("runs").insert(row)
    store.close()
    page = open_page(own_server)
    expect(page.get_by_text("50 of 120 runs")).to_be_visible()
    older = page.get_by_role("button", name="Older")
    seen: list[str] = []
    for count in (50, 50, 20):
        if seen:
            older.click()
            page.wait_for_function("scrollY === 0")
            page.wait_for_function("last => !document.body.innerText.includes(last)", arg=seen[-1])
        rows = page.get_by_role("row").filter(has_text="run_20260101_")
        expect(rows).to_have_count(count)
        seen += [text.split()[0] for text in rows.all_inner_texts()]
    expect(older).to_be_disabled()
    assert len(seen) == len(set(seen)) == 120


def test_a_server_that_went_away_is_said_and_comes_back_without_a_reload(
    own_server: Server, open_page: OpenPage
) -> None:
    run_id = own_server.finished("trains")
    page = open_page(own_server)
    expect(row_of(page, run_id)).to_be_visible()
    own_server.end(signal.SIGKILL)
    said = page.get_by_text("Can’t reach the server")
    expect(said).to_be_visible(timeout=20_000)
    expect(row_of(page, run_id)).to_be_visible()
    own_server.start()
    expect(said).to_have_count(0)


def test_a_run_goes_on_through_the_death_of_the_server(
    own_server: Server, open_page: OpenPage
) -> None:
    run_id = own_server.run("waits-then-trains")
    own_server.wait(run_id, "running")
    own_server.end(signal.SIGKILL)
    own_server.start()
    again = own_server.api.show(run_id)
    assert again["status"] == "running" and again["attempt"] == 1
    page = open_page(own_server, f"/runs/{run_id}")
    expect(page.get_by_text("Running").first).to_be_visible()
    (own_server.log_of(run_id).parent / "go").touch()
    assert own_server.wait(run_id)["status"] == "completed"
    expect(page.get_by_text("Completed").first).to_be_visible()
    log = own_server.request("GET", f"/runs/{run_id}/log")
    assert log == (own_server.home / "runs" / run_id / "1" / "output.log").read_bytes()
    detail = json.loads(own_server.request("GET", f"/runs/{run_id}"))
    assert len(detail["attempts"]) == 1


def test_logged_out_the_page_says_how_to_get_back_in(
    own_server: Server, open_page: OpenPage
) -> None:
    page = open_page(own_server)
    page.context.clear_cookies()
    page.reload()
    expect(page.get_by_text("Log in to Lastwords")).to_be_visible()
    expect(page.get_by_text("lastwords url")).to_be_visible()
    page.get_by_label("Token").fill(own_server.token)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("No runs yet")).to_be_visible()


def test_the_token_does_not_stay_in_the_url(own_server: Server, open_page: OpenPage) -> None:
    page = open_page(own_server)
    assert page.url == f"{own_server.url}/"
    cookies = page.context.cookies()
    assert [cookie["name"] for cookie in cookies] == [f"lastwords_session_{own_server.port}"]
    assert cookies[0]["httpOnly"] and cookies[0]["sameSite"] == "Strict"
