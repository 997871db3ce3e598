"""From the cause to the repair: a button, what it would change, and the attempt that carries it."""

from pathlib import Path

from playwright.sync_api import expect

from e2e.conftest import OpenPage, Server, _server


def _failed(server: Server) -> str:
    run_id = server.run("fits-4-examples", batchSize=8)
    server.wait(run_id, "failed")
    return run_id


def test_a_fix_is_made_by_keyboard_and_the_page_shows_what_each_attempt_changed(
    own_server: Server, open_page: OpenPage
) -> None:
    run_id = _failed(own_server)
    page = open_page(own_server, f"/runs/{run_id}")
    button = page.get_by_role("button", name="Retry with batch size 8 → 4")
    expect(button).to_be_visible()
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Retry with changes?")
    expect(dialog).to_contain_text("8 → 4")
    expect(dialog).to_contain_text("Keeps the optimiser step.")
    expect(dialog.get_by_text("Problems with these parameters").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(button).to_be_focused()
    assert own_server.api.show(run_id)["attempt"] == 1
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("button", name="Retry")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Completed").first).to_be_visible()
    attempts = page.get_by_role("region", name="Attempts")
    expect(attempts).to_contain_text("Batch size 8 → 4, Accumulation 1 → 2")
    assert own_server.api.show(run_id)["attempt"] == 2


def test_it_is_said_how_often_a_fix_worked(own_server: Server, open_page: OpenPage) -> None:
    first = _failed(own_server)
    own_server.request("POST", f"/runs/{first}/retry", {"fix": 1})
    own_server.wait(first, "completed")
    page = open_page(own_server, f"/runs/{_failed(own_server)}")
    expect(page.get_by_text("Worked 1 of 1 time here.")).to_be_visible()
    page.get_by_role("link", name="Errors", exact=True).first.click()
    expect(page.get_by_role("row").nth(1)).to_contain_text("Smaller batch: worked 1 of 1 time here")


def test_a_planned_retry_is_said_and_called_off(tmp_path: Path, open_page: OpenPage) -> None:
    policy = "memory.gpu_oom=1, back_off_seconds=3000"
    server = _server(tmp_path, LASTWORDS_RETRY=policy)
    server.start()
    try:
        page = open_page(server, f"/runs/{_failed(server)}")
        expect(page.get_by_text("number 1 of 1 for memory.gpu_oom")).to_be_visible()
        page.get_by_role("button", name="Call off").click()
        expect(page.get_by_text("Not retried: called off by")).to_be_visible()
        expect(page.get_by_role("button", name="Call off")).to_have_count(0)
    finally:
        server.end()
