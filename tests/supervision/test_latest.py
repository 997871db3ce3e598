"""`latest` in the home leads to the newest adapter, and nothing of ours goes by it."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from tests.supervision.test_supervisor import run_to_its_end

from lastwords import doctor
from lastwords.config import Config
from lastwords.records import Run, Status
from lastwords.supervision import retention
from lastwords.supervision.latest import NAME, point_at_newest
from lastwords.supervision.reconcile import reconcile
from lastwords.supervision.supervisor import Supervisor


def trained(supervisor: Supervisor) -> Run:
    return run_to_its_end(supervisor, "trains")


def led_to(config: Config) -> Path:
    return config.home / (config.home / NAME).readlink()


def test_it_leads_to_what_the_newest_completed_training_left(
    supervisor: Supervisor, config: Config
) -> None:
    first = trained(supervisor)
    assert (config.home / NAME).readlink() == Path("runs", first.id, "1", "artifacts")
    assert (config.home / NAME / "adapter_model.safetensors").is_file()
    second = trained(supervisor)
    run_to_its_end(supervisor, "exits-3")
    assert led_to(config) == supervisor.folder(second).artifacts


def test_a_deletion_leads_it_to_the_next_and_the_last_one_takes_it_away(
    supervisor: Supervisor, config: Config
) -> None:
    first, second = trained(supervisor), trained(supervisor)
    supervisor.delete(second.id)
    assert led_to(config) == supervisor.folder(first).artifacts
    supervisor.delete(first.id)
    assert not (config.home / NAME).is_symlink()


def test_what_somebody_else_put_there_stays_and_the_run_is_completed(
    supervisor: Supervisor, config: Config, caplog: pytest.LogCaptureFixture
) -> None:
    (config.home / NAME).write_text("mine")
    assert trained(supervisor).status == Status.COMPLETED
    assert (config.home / NAME).read_text() == "mine"
    assert f"{config.home / NAME} could not be pointed to the newest adapter" in caplog.text


def test_a_home_that_takes_no_link_changes_no_run(
    supervisor: Supervisor, config: Config, caplog: pytest.LogCaptureFixture
) -> None:
    run = trained(supervisor)
    (config.home / NAME).unlink()
    point_at_newest(Path("/proc/self"), supervisor.store)
    assert "could not be pointed to the newest adapter" in caplog.text
    assert supervisor.store.run(run.id).status == Status.COMPLETED


def test_reconcile_sets_it_and_nothing_goes_by_it(
    supervisor: Supervisor, config: Config, client: FlaskClient
) -> None:
    run = trained(supervisor)
    counted = retention.count(config.home)
    (config.home / NAME).unlink()
    supervisor.store.close()
    for path in config.home.glob("lastwords.db*"):
        path.unlink()
    assert reconcile(config).added == 1
    assert led_to(config) == supervisor.folder(run).artifacts

    (config.home / NAME).unlink()
    (config.home / NAME).symlink_to("/etc")  # somebody led it astray
    assert [entry["id"] for entry in counted["runs"]] == [run.id]
    assert [entry["id"] for entry in retention.count(config.home)["runs"]] == [run.id]
    assert not any("/etc" in finding.text for finding in doctor.examine(config))
    assert client.get(f"/api/training/runs/{NAME}/artifacts/passwd").status_code == 404
