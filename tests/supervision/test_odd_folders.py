"""Whatever a run leaves in its folder, it gets a final status, is shown everywhere, and goes.

Some sixty folders each time; EXAMPLES=10000 in the environment makes as many.
"""

from __future__ import annotations

import json
import os

from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from tests.supervision.odd_folders import SPEC, Content, folders, lay

from lastwords.cli.clients import LocalClient
from lastwords.config import Config
from lastwords.folders import runfolder
from lastwords.folders.runfolder import AttemptFolder
from lastwords.presentation import text
from lastwords.records import FINAL, RunNotFound, Status, now
from lastwords.store.runs import Store
from lastwords.supervision.reconcile import reconcile
from lastwords.supervision.supervisor import Supervisor

VIEWS = ("", "/diagnosis", "/report.md", "/metrics", "/artifacts", "/log/lines?from=1&count=5")


def _lay(supervisor: Supervisor, files: dict[str, Content], kind: str) -> AttemptFolder:
    """A run that is listed as running, whose folder holds these files."""
    folder = runfolder.reserve_run(supervisor.config.home, now())
    supervisor.add_asked(folder, SPEC | {"kind": kind}, Status.RUNNING)
    lay(folder, files)
    return folder


def _is_shown(client: FlaskClient, local: LocalClient, run_id: str) -> None:
    for view in VIEWS:
        answer = client.get(f"/api/training/runs/{run_id}{view}")
        is_cut = view.startswith("/log") and "log-unreadable" in answer.text  # result.json says so
        assert answer.status_code == (409 if is_cut else 200), (view, answer.text)
        answer.get_data().decode()
    assert client.get("/api/training/runs").status_code == 200
    assert client.get(f"/api/training/runs/curves?ids={run_id}").status_code == 200
    (listed,) = local.list(9, "", "")
    for found in (listed, local.show(run_id), local.diagnosis(run_id)):
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
    for words in (text.table([listed], 9, False), text.facts(listed), local.report(run_id)):
        words.encode()


def _comes_back(config: Config, store: Store, run_id: str) -> None:
    """The database made anew lists it again, or says why it does not."""
    assert store.remove_run(run_id)
    done = reconcile(config)
    assert done.added + len(done.skipped) == 1
    if done.added:
        assert store.run(run_id).status in FINAL | {Status.QUEUED}
    else:
        assert run_id in done.skipped[0]


@settings(
    max_examples=int(os.environ.get("EXAMPLES", "60")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(files=folders(), kind=...)
def test_whatever_a_folder_holds_its_run_ends_is_shown_and_goes(
    config: Config, store: Store, client: FlaskClient, files: dict[str, Content], kind: bool
) -> None:
    supervisor = Supervisor(config, store)
    folder = _lay(supervisor, files, "training" if kind else "command")
    try:
        supervisor.settle()
        assert store.run(folder.run_id).status in FINAL
        _is_shown(client, LocalClient(config), folder.run_id)
        _comes_back(config, store, folder.run_id)
    finally:
        _forget(supervisor, folder)
    assert not folder.path.parent.exists()


def _forget(supervisor: Supervisor, folder: AttemptFolder) -> None:
    """Delete the run as a person would, also where the database does not list it again."""
    try:
        if supervisor.store.run(folder.run_id).status == Status.QUEUED:
            supervisor.cancel(folder.run_id, "a test")
        supervisor.delete(folder.run_id)
    except RunNotFound:
        runfolder.remove_run(supervisor.config.home, folder.run_id)
