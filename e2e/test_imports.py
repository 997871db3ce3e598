"""Old logs that are dropped on the page of errors."""

from pathlib import Path

from playwright.sync_api import expect

from e2e.conftest import OpenPage, Server

_DROP = """(target, files) => {
    const data = new DataTransfer()
    for (const [name, text] of files) data.items.add(new File([text], name))
    const how = {bubbles: true, cancelable: true, dataTransfer: data}
    for (const type of ['dragover', 'drop']) target.dispatchEvent(new DragEvent(type, how))
}"""
_ERROR = 'Traceback (most recent call last):\n  File "train.py", line 3, in <module>\n'
_LOGS = [
    ["oom.log", _ERROR + "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB\n"],
    ["peft.log", _ERROR + "ModuleNotFoundError: No module named 'peft'\n"],
    ["fine.log", "step 1: loss 2.5\n"],
]


def test_three_dropped_files_are_explained_and_grouped_at_once(
    own_server: Server, open_page: OpenPage
) -> None:
    page = open_page(own_server, "/errors")
    expect(page.get_by_text("No run has failed yet")).to_be_visible()
    target = page.get_by_role("region", name="Import old logs")
    target.evaluate(_DROP, _LOGS)
    expect(target.get_by_role("status")).to_contain_text("3 logs imported: 2 failed")
    expect(page.get_by_role("row")).to_have_count(3)  # the head, and two errors
    expect(page.get_by_text("No module named 'peft'").first).to_be_visible()
    target.evaluate(_DROP, _LOGS)
    expect(target.get_by_role("status")).to_contain_text("3 imported before")
    expect(page.get_by_role("row")).to_have_count(3)
    page.goto(own_server.url)
    expect(page.get_by_role("row").filter(has_text="fine.log")).to_contain_text("Unknown")


def test_files_are_chosen_by_keyboard_as_well_and_a_bad_one_is_named(
    own_server: Server, open_page: OpenPage, tmp_path: Path
) -> None:
    for name, text in (*_LOGS[:1], ["empty.log", ""]):
        (tmp_path / name).write_text(text)
    page = open_page(own_server, "/errors")
    chooser = page.get_by_label("Drop old logs here")
    chooser.set_input_files([tmp_path / "oom.log", tmp_path / "empty.log"])
    expect(page.get_by_text("empty.log is empty: there is nothing to import")).to_be_visible()
    expect(page.get_by_role("row")).to_have_count(2)
