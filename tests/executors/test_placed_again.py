"""A retry of what an engine placed: placed there again, by a code of its own; nothing runs here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.executors.kit import Fake, Site
from tests.executors.test_restarts import claim, waiting
from tests.real import until
from tests.receiving.kit import Sender, a_result

from lastwords.executors.engines import JobState
from lastwords.records import InvalidSpec, Status, WrongStatus
from lastwords.shipping.wire import Part
from lastwords.supervision.reconcile import reconcile

WANTED = {"cpus": 2, "memory": 1 << 30, "partition": "gpu", "timeLimitSeconds": 600}


def placed(fake: Fake, number: int) -> dict[str, Any]:
    """What the engine was asked for, that number of time."""
    until(lambda: len(fake.submitted) >= number)
    return {name: getattr(fake.submitted[number - 1][1], name) for name in WANTED}


def test_a_command_is_placed_again_with_the_same_resources_and_another_code(
    site: Site, fake: Fake, tmp_path: Path
) -> None:
    result, code = tmp_path / "result", f"pwd; [ -e {tmp_path}/go ] && date > {tmp_path}/result"
    run = site.place(["sh", "-c", code], expect=[str(result)], **WANTED)
    assert site.ended(run).exit_code == 1
    (tmp_path / "go").touch()
    answer = site.client.post(f"/api/training/runs/{run}/retry")
    assert (answer.status_code, (answer.json or {})["executor"]) == (202, "fake")
    ended = site.ended(run)
    assert (ended.status, ended.attempt, ended.command) == (Status.COMPLETED, 2, ["sh", "-c", code])
    assert placed(fake, 1) == placed(fake, 2) == WANTED
    first, second = fake.environments
    assert first["LASTWORDS_CLAIM"] != second["LASTWORDS_CLAIM"]
    assert fake.submitted[1][0].startswith(f"lw-{run}-2-")
    logs = [site.folder(run, number).log.read_bytes() for number in (1, 2)]
    assert logs == [f"{Path.cwd()}\n".encode()] * 2


def test_what_it_must_write_is_asked_for_again(site: Site, tmp_path: Path) -> None:
    run = site.place(["true"], expect=[str(tmp_path / "never")])
    for number in (1, 2):
        ended = site.ended(run)
        assert (ended.attempt, ended.reason) == (number, "expected_missing")
        if number == 1:
            site.services.supervisor.retry(run)


def test_while_it_waits_again_it_is_queued_by_its_engine_and_on_no_machine(
    site: Site, fake: Fake
) -> None:
    run = site.place(["false"])
    assert site.ended(run).host is not None
    fake.holds = True
    again = site.services.supervisor.retry(run, {"memory": "2GiB", "nodes": 2}, by="a person")
    assert (again.status, again.host, again.engine) == (Status.QUEUED, None, None)
    assert site.flag(run, "placed") == "Fake: Resources"
    wanted = fake.submitted[1][1]
    assert (wanted.memory, wanted.nodes) == (2 << 30, 2)
    changed = site.run(run).changed or {}
    assert (changed["set"], changed["by"]) == ({"memory": 2 << 30, "nodes": 2}, "a person")
    site.services.supervisor.cancel(run, "a test")
    assert site.ended(run).status == Status.CANCELLED


def test_several_ranks_are_placed_again(site: Site) -> None:
    run = site.place(["sh", "-c", "echo $RDZV_ID; exit 3"], nodes=2)
    assert site.ended(run).exit_code == 3
    site.services.supervisor.retry(run)
    assert site.ended(run).exit_code == 3
    assert site.folder(run, 2).log.read_text() == f"{run}-2\n"
    assert (site.folder(run, 2).ranks / "1" / "output.log").exists()


def test_a_training_is_placed_again_or_here_if_that_is_asked(site: Site, fake: Fake) -> None:
    (site.config.home / "data.jsonl").touch()
    fake.holds = True
    supervisor = site.services.supervisor
    asked = {"executor": "fake", "baseModel": "a/model"}
    run = supervisor.create({**asked, **WANTED}, "a test").id
    for number in (1, 2):
        assert placed(fake, number) == WANTED
        supervisor.cancel(run, "a test")
        assert site.ended(run).status == Status.CANCELLED
        if number == 1:
            supervisor.retry(run)
    supervisor.config = replace(supervisor.config, max_running=0)
    again = supervisor.retry(run, {"executor": "local"})
    assert not again.spec.keys() & {"executor", "cpus", "memory", "partition"}
    assert len(fake.submitted) == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"executor": "local"}, "executor"),
        ({"batchSize": 1}, "batchSize"),
        ({"memory": 1}, "memory"),
        ({"memory": "much"}, "must be a size such as 16GB, 16GiB or 512M, not 'much'"),
        ({"partition": "--wrap=id"}, "partition"),
    ],
)
def test_what_a_placed_command_cannot_be_changed_to_is_said(
    site: Site, changes: dict[str, Any], field: str
) -> None:
    run = site.ended(site.place(["false"]))
    with pytest.raises(InvalidSpec, match=field):
        site.services.supervisor.retry(run.id, changes)
    assert site.run(run.id).attempt == 1


def test_what_is_left_of_an_attempt_is_taken_once_its_retry_has_ended(
    site: Site, fake: Fake
) -> None:
    run = waiting(site, fake)
    first = Sender(site.app.test_client(), "", opened=claim(site, fake, 0).json or {})
    fake.says["1"] = JobState("ended", "NODE_FAIL", None, "node_failed")
    site.ended(run)
    site.services.supervisor.retry(run)
    until(lambda: len(fake.environments) == 2)
    second = Sender(site.app.test_client(), "", opened=claim(site, fake, 0, job=1).json or {})
    rest = Part("output.log", 0, b"rest\n")
    early = first.send(rest)
    assert (early.status_code, "attempt 2" in early.text) == (429, True)
    assert (site.run(run).attempt, site.run(run).status) == (2, Status.RUNNING)
    assert second.end({}, a_result()).status_code == 200
    assert site.ended(run).status == Status.COMPLETED
    assert first.send(rest).status_code == 200
    assert (site.run(run).attempt, site.folder(run, 3).log.read_bytes()) == (3, b"rest\n")


def test_an_engine_that_is_configured_no_more_is_named(site: Site) -> None:
    run = site.ended(site.place(["false"])).id
    site.services.supervisor.executor._placed.clear()  # type: ignore[attr-defined]
    with pytest.raises(InvalidSpec, match="there is no engine 'fake'"):
        site.services.supervisor.retry(run)


def test_what_it_was_asked_as_must_be_known(site: Site) -> None:
    run = site.ended(site.place(["false"])).id
    site.folder(run).spec.unlink()
    with pytest.raises(WrongStatus, match=r"its spec\.json is gone or damaged"):
        site.services.supervisor.retry(run)
    assert not site.folder(run, 2).path.exists()


def test_a_list_that_is_made_anew_knows_the_new_attempt(site: Site, tmp_path: Path) -> None:
    run = site.place(["false"], expect=[str(tmp_path / "x")], cpus=2)
    site.ended(run)
    site.services.supervisor.retry(run)
    before = site.ended(run)
    site.services.store.remove_run(run)
    reconcile(site.config)
    after = site.run(run)
    assert (after.attempt, after.spec, after.status) == (2, before.spec, before.status)
