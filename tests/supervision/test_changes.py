"""What changed since a run like a failed one completed: real runs, real repositories."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from tests.surroundings.kit import begun, environment, git, repository, taken

from lastwords.config import Config
from lastwords.folders.runfolder import AttemptFolder, read_spec
from lastwords.presentation.changes import changes_json, comparison_json, comparison_words
from lastwords.records import Run, Status
from lastwords.store.filters import Filters
from lastwords.store.runs import Store
from lastwords.supervision.changes import Changes, changes_between, changes_since_good
from lastwords.supervision.last_good import last_completed_like
from lastwords.supervision.supervisor import Supervisor
from lastwords.supervision.watch import Watch

SCRIPT = """import sys
def loss(step):
    return 1 / (step + 1)
for step in range(3):
    print(loss(step))
rows = len(open("data.jsonl").readlines())
assert rows < 3, "too many rows"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    top = repository(tmp_path / "project", train_py=SCRIPT, other_py="x = 1\n" * 30)
    (top / "data.jsonl").write_text('{"a": 1}\n')
    return top


class Shell:
    """Records commands as a shell does, and lists them."""

    def __init__(self, supervisor: Supervisor, project: Path) -> None:
        self.supervisor, self.project = supervisor, project
        self.python = environment(project.parent / "venv", transformers="5.21.0")
        self.folder: AttemptFolder | None = None

    def run(self, *words: str, folder: Path | None = None, **variables: str) -> Run:
        home = self.supervisor.config.home
        command = words or (str(self.python), "train.py", "data.jsonl")
        self.folder = attempt = begun(home, folder or self.project, *command, **variables)
        self.supervisor.add_asked(attempt, read_spec(attempt) or {}, Status.RUNNING)
        taken(attempt)
        deadline = time.monotonic() + 20
        while self.supervisor.settle() and time.monotonic() < deadline:
            time.sleep(0.01)
        return self.supervisor.store.run(attempt.run_id)

    def changes(self, run: Run) -> Changes:
        found = changes_since_good(self.supervisor.store, self.supervisor.config.home, run)
        assert found
        return found


@pytest.fixture
def shell(supervisor: Supervisor, project: Path) -> Shell:
    return Shell(supervisor, project)


def _edit(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new))


@pytest.mark.parametrize("committed", [True, False])
def test_exactly_the_changed_line_is_marked_as_the_one_that_failed(
    shell: Shell, project: Path, committed: bool
) -> None:
    good = shell.run()
    _edit(project / "train.py", "step + 1", "step - 1")
    _edit(project / "other.py", "x = 1\nx = 1\n", "x = 2\nx = 1\n")
    if committed:
        git(project, "commit", "-qam", "second")
    bad = shell.run()
    assert (good.status, bad.status) == (Status.COMPLETED, Status.FAILED)
    found = shell.changes(bad)
    assert (found.good.id, found.likeness) == (good.id, "same command in the same folder")
    first = found.comparison.items[0]
    assert (first.words, first.note) == ("train.py +1 −1", "the line that failed is new")
    answer = comparison_json(shell.supervisor.config, bad, found)
    marked = [
        (file["path"], line["after"], line["text"])
        for file in answer["code"]
        for hunk in file["hunks"]
        for line in hunk["lines"]
        if line["marked"]
    ]
    assert marked == [("train.py", 3, "    return 1 / (step - 1)")]


def test_a_line_further_up_the_traceback_is_marked_as_such(shell: Shell, project: Path) -> None:
    shell.run()
    _edit(project / "train.py", "print(loss(step))", "print(loss(step - 1))")
    first = shell.changes(shell.run()).comparison.items[0]
    assert first.note == "a line of the traceback is new"


def test_a_package_that_was_upgraded_is_told(shell: Shell, project: Path) -> None:
    shell.run()
    site = next((project.parent / "venv").glob("lib/*/site-packages"))
    (site / "transformers-5.21.0.dist-info").rename(site / "transformers-5.23.0.dist-info")
    bad = shell.run(str(shell.python), "train.py", "data.jsonl", "--lr", "2e-3")
    assert bad.status == Status.COMPLETED
    found = changes_between(
        shell.supervisor.config.home, shell.supervisor.store.run(_first(shell)), bad
    )
    assert found.sentence() == "--lr 2e-3 is new · transformers 5.21.0 → 5.23.0"


def _first(shell: Shell) -> str:
    return shell.supervisor.store.page(Filters(), 10).runs[-1].id


def test_rows_that_were_added_are_told(shell: Shell, project: Path) -> None:
    shell.run()
    (project / "data.jsonl").write_text('{"a": 1}\n' * 4)
    bad = shell.run()
    assert bad.headline == "AssertionError: too many rows"
    assert shell.changes(bad).sentence() == "data.jsonl rows 1 → 4"


def test_outside_of_git_the_line_is_marked_all_the_same(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    (folder / "train.py").write_text(SCRIPT)
    (folder / "data.jsonl").write_text("1\n")
    shell.run(folder=folder)
    _edit(folder / "train.py", "step + 1", "step - 1")
    first = shell.changes(shell.run(folder=folder)).comparison.items[0]
    assert (first.words, first.note) == ("train.py +1 −1", "the line that failed is new")


def test_nothing_that_was_kept_has_changed_is_said(shell: Shell, project: Path) -> None:
    shell.run()
    (project / "train.py").touch()
    flag = project.parent / "flag"
    code = f"import pathlib; assert not pathlib.Path({str(flag)!r}).exists()"
    shell.run(str(shell.python), "-c", code)
    flag.touch()
    bad = shell.run(str(shell.python), "-c", code)
    assert shell.changes(bad).sentence() == "Nothing that was kept has changed."


def test_a_commit_that_is_gone_is_said_to_be_unknown(shell: Shell, project: Path) -> None:
    shell.run()
    _edit(project / "train.py", "step + 1", "step - 1")
    git(project, "commit", "-qam", "second")
    bad = shell.run()
    (project / ".git").rename(project.parent / "elsewhere")
    found = shell.changes(bad).comparison
    assert [item.name for item in found.items] == ["commit"]
    assert found.missing == ["what lies between the two commits: the repository no longer tells"]


def test_a_token_in_the_diff_is_masked_wherever_it_is_shown(shell: Shell, project: Path) -> None:
    token = "ghp_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0dF3gJ6"
    shell.run()
    _edit(project / "train.py", "step + 1", "step - 1")
    _edit(project / "other.py", "x = 1\nx = 1\n", f'x = "{token}"\nx = 1\n')
    bad = shell.run(str(shell.python), "train.py", "data.jsonl", f"--token={token}", TOKEN=token)
    found = shell.changes(bad)
    config = shell.supervisor.config
    answer = comparison_json(config, bad, found)
    shown = [str(answer), comparison_words(answer), str(changes_json(config, bad, found))]
    assert "other.py" in shown[0] and "--token has changed" in shown[0]
    assert [text.count(token) for text in shown] == [0, 0, 0]
    assert shell.folder and token in shell.folder.changes.read_text()  # the file itself is exact


def test_like_it_is_the_closest_of_those_that_completed(shell: Shell, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "job.py").write_text("import sys; sys.exit(len(sys.argv) > 2)\n")
    here = shell.run(str(shell.python), "job.py", "1", folder=tmp_path / "one")
    there = shell.run(str(shell.python), "job.py", "1", folder=tmp_path / "two")
    other = shell.run("true", folder=tmp_path / "one")
    bad = shell.run(str(shell.python), "job.py", "1", "2", folder=tmp_path / "one")
    store, home = shell.supervisor.store, shell.supervisor.config.home
    assert bad.status == Status.FAILED and other.status == Status.COMPLETED
    assert last_completed_like(store, home, bad) == (here, "same command in the same folder")
    elsewhere = shell.run(str(shell.python), "job.py", "1", "2", folder=tmp_path / "two")
    assert last_completed_like(store, home, elsewhere) == (there, "same command in the same folder")
    moved = shell.run(str(shell.python), str(tmp_path / "one/job.py"), "1", "2", folder=tmp_path)
    assert last_completed_like(store, home, moved) == (there, "same command in another folder")
    alone = shell.run("false", folder=tmp_path)
    assert last_completed_like(store, home, alone) is None
    assert changes_since_good(store, home, replace(bad, status=Status.COMPLETED)) is None


def test_a_damaged_file_is_said_to_be_damaged(shell: Shell, project: Path) -> None:
    shell.run()
    bad = shell.run("sh", "-c", f"{shell.python} train.py data.jsonl; exit 3")
    assert shell.folder
    for text in (
        '{"code": {"commit": "--output=x"}}',
        '{"data": 3}',
        "[",
        '{"python": {"packages": [1]}}',
    ):
        shell.folder.environment.write_text(text)
        found = changes_between(shell.supervisor.config.home, bad, bad)
        assert any("environment.json" in words for words in found.comparison.missing), text


def test_a_run_that_kept_nothing_is_compared_by_its_command(
    shell: Shell, store: Store, config: Config
) -> None:
    good = shell.run(str(shell.python), "train.py", "data.jsonl", "--lr", "1")
    assert shell.folder
    shell.folder.environment.unlink()
    shell.folder.changes.unlink()
    bad = shell.run(str(shell.python), "train.py", "data.jsonl", "--lr", "2")
    found = changes_between(config.home, good, bad)
    assert [item.words for item in found.comparison.items] == ["--lr 1 → 2"]
    assert "what the earlier run was started in" in found.comparison.missing


def test_the_server_tells_its_notifications_what_changed(shell: Shell, project: Path) -> None:
    good = shell.run()
    _edit(project / "train.py", "step + 1", "step - 1")
    bad = shell.run()
    watch = Watch(shell.supervisor)
    told = watch._changes(bad.id, bad.attempt)
    watch.stop()
    assert told == (
        f"Last completed like this: {good.id}. Since then: train.py +1 −1 "
        "(the line that failed is new)"
    )
