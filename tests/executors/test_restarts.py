"""Jobs that their engine starts again: each start is the next attempt of the same run."""

from __future__ import annotations

import math
import uuid
from pathlib import Path

import pytest
from tests.executors.kit import Fake, Site
from tests.real import until
from werkzeug.test import TestResponse

from lastwords.executors.engines import Ended, JobState
from lastwords.records import Status
from lastwords.shipping.wire import HEADER, PREFIX, PROTOCOL
from lastwords.store import claims


def claim(
    site: Site, fake: Fake, restart: int, uid: str | None = None, job: int = 0
) -> TestResponse:
    """Claim a job, the first one if none is named, as this start of it."""
    return site.app.test_client().post(
        f"{PREFIX}/shipments",
        headers={
            "Authorization": f"Bearer {fake.environments[job]['LASTWORDS_CLAIM']}",
            HEADER: PROTOCOL,
        },
        json={
            "uid": uid or str(uuid.uuid4()),
            "spec": {},
            "host": {"name": "node7"},
            "engine": {"kind": "Slurm", "job": "1", "restart": str(restart)},
        },
    )


def waiting(site: Site, fake: Fake) -> str:
    """A run whose job waits in the engine."""
    fake.holds = True
    run = site.place(["sh", "-c", "echo on; sleep 600"])
    site.flag(run, "placed")
    return run


def test_a_start_that_told_its_end_is_followed_by_the_next(site: Site, fake: Fake) -> None:
    run = site.place(["sh", "-c", "echo $SLURM_RESTART_COUNT; sleep ${SLURM_RESTART_COUNT:+0}600"])
    site.says(run, b"\n")
    fake.requeue("1")
    until(lambda: site.run(run).status != Status.RUNNING)
    fake.begin("1")
    until(lambda: site.run(run).attempt == 2 and site.run(run).status == Status.RUNNING)
    log = site.folder(run, 2).log
    assert until(lambda: log.exists() and log.read_bytes()) == b"1\n"
    assert len(fake.submitted) == 1
    site.services.supervisor.cancel(run, "a test")
    ended = site.ended(run)
    told = [each.status for each in site.services.store.attempts(ended)]
    assert told == [Status.CANCELLED, Status.CANCELLED]


@pytest.mark.parametrize("before", ["requeued", "node_failed"])
def test_a_start_that_told_no_end_is_lost_by_the_engines_word_and_the_next_is_queued(
    site: Site, fake: Fake, before: Ended
) -> None:
    run = waiting(site, fake)
    assert claim(site, fake, 0).status_code == 201
    fake.wait_again("1", before)
    until(lambda: site.run(run).attempt == 2)
    again = site.run(run)
    assert (again.status, again.host, again.engine) == (Status.QUEUED, None, None)
    assert site.flag(run, "placed") == "Fake: Resources"
    first = site.services.store.attempts(site.run(run))[0]
    assert (first.status, first.reason) == (Status.LOST, before)
    assert claim(site, fake, 1).json["attempt"] == 2  # type: ignore[index]
    assert site.run(run).status == Status.RUNNING
    assert not list(site.config.home.glob("outbox/*"))  # it goes on, which is no news


def test_a_code_is_good_once_for_each_start_and_for_none_before(site: Site, fake: Fake) -> None:
    run = waiting(site, fake)
    first = str(uuid.uuid4())
    assert claim(site, fake, 0, first).status_code == 201
    early = claim(site, fake, 1)  # as somebody who had read the code
    assert (early.status_code, site.run(run).attempt) == (429, 1)
    fake.wait_again("1")
    until(lambda: site.placed.restarts(site.folder(run)) == 1)
    again = str(uuid.uuid4())
    opened = until(lambda: (said := claim(site, fake, 1, again)).status_code == 201 and said)
    assert (opened.json or {})["attempt"] == 2
    assert claim(site, fake, 1).status_code == 409
    assert claim(site, fake, 0).status_code == 409
    assert claim(site, fake, 2).status_code == 429
    still = claim(site, fake, 0, first)  # which may have bytes left
    assert (still.status_code, (still.json or {})["attempt"]) == (201, 1)
    assert (claim(site, fake, 1, again).json or {})["attempt"] == 2
    assert site.run(run).attempt == 2


def test_a_start_that_nobody_came_for_is_no_attempt(site: Site, fake: Fake) -> None:
    run = waiting(site, fake)
    fake.wait_again("1")
    opened = until(lambda: (said := claim(site, fake, 1)).status_code == 201 and said)
    assert (opened.json or {})["attempt"] == site.run(run).attempt == 1
    assert claim(site, fake, 0).status_code == 409


def test_a_start_that_nobody_came_for_and_that_ended_is_followed_by_none(
    site: Site, fake: Fake
) -> None:
    run = waiting(site, fake)
    fake.wait_again("1")
    until(lambda: site.placed.restarts(site.folder(run)) == 1)
    fake.says["1"] = JobState("ended", "NODE_FAIL", None, "node_failed")
    ended = site.ended(run)
    assert (ended.attempt, ended.status, ended.reason) == (1, Status.LOST, "node_failed")


def test_a_code_that_expired_is_good_for_a_later_start_alone(site: Site, fake: Fake) -> None:
    run = waiting(site, fake)
    claims.end(site.services.store, run, 1)
    assert claim(site, fake, 0).status_code == 401
    fake.wait_again("1")
    until(lambda: site.placed.restarts(site.folder(run)) == 1)
    assert claim(site, fake, 0).status_code == 409
    assert claim(site, fake, 1).status_code == 201


def test_the_code_of_an_attempt_does_not_take_over_its_retry(site: Site, fake: Fake) -> None:
    run = waiting(site, fake)
    assert claim(site, fake, 0).status_code == 201
    fake.says["1"] = JobState("ended", "NODE_FAIL", None, "node_failed")
    site.ended(run)
    site.services.supervisor.retry(run)
    until(lambda: len(fake.environments) == 2)
    known = str(uuid.uuid4())
    assert (claim(site, fake, 0, known, job=1).json or {})["attempt"] == 2
    assert claim(site, fake, 0, known).status_code == 409
    assert claim(site, fake, 0, known, job=1).status_code == 201


def test_what_is_to_be_started_again_must_be_known(site: Site, fake: Fake) -> None:
    run = waiting(site, fake)
    assert claim(site, fake, 0).status_code == 201
    site.folder(run).spec.write_text("{")
    fake.wait_again("1")
    assert site.ended(run).reason == "requeued"
    assert claim(site, fake, 1).status_code == 409
    assert (site.run(run).attempt, site.folder(run, 2).path.exists()) == (1, False)


def test_an_engine_within_a_job_that_was_started_again_is_at_its_first_start(
    site: Site, fake: Fake
) -> None:
    fake.starts_again = False
    run = waiting(site, fake)
    assert (claim(site, fake, 1).json or {})["attempt"] == site.run(run).attempt == 1


def test_all_ranks_of_a_start_are_one_attempt(site: Site, fake: Fake) -> None:
    code = 'echo "start ${SLURM_RESTART_COUNT:-0}"; sleep ${SLURM_RESTART_COUNT:+0}600'
    run = site.place(["sh", "-c", code], nodes=2)
    logs = [(site.folder(run).path / place / "output.log") for place in ("", "ranks/1")]
    until(lambda: all(log.exists() and log.read_bytes() for log in logs))
    fake.requeue("1")
    until(lambda: site.run(run).status != Status.RUNNING)
    fake.begin("1")
    until(lambda: site.run(run).attempt == 2)
    again = [Path(str(log).replace(f"{run}/1/", f"{run}/2/")) for log in logs]
    until(lambda: all(log.exists() and log.read_bytes() == b"start 1\n" for log in again))
    site.services.supervisor.cancel(run, "a test")
    site.ended(run)
    assert [log.read_bytes() for log in logs] == [b"start 0\n"] * 2


def test_what_was_cancelled_here_is_not_started_again(site: Site, fake: Fake) -> None:
    run = site.place(["sh", "-c", "echo on; sleep 600"])
    site.says(run, b"on\n")
    site.services.supervisor.cancel(run, "a test")
    site.ended(run)
    fake.wait_again("1")
    until(lambda: site.placed.restarts(site.folder(run)) == 1)
    assert claim(site, fake, 1).status_code == 409
    assert site.run(run).attempt == 1


def killed(site: Site, fake: Fake, state: JobState) -> str:
    """A run whose launcher is killed while the engine says this of its job."""
    run = site.place(["sh", "-c", "echo on; sleep 600"])
    site.says(run, b"on\n")
    fake.says["1"] = state
    fake.processes["1"].kill()
    return run


@pytest.mark.parametrize(
    ("ended", "status", "reason"),
    [
        ("failed", Status.FAILED, "launcher_gone"),
        ("cancelled", Status.CANCELLED, "stopped_by_scheduler"),
        ("timeout", Status.FAILED, "timeout"),
        ("out_of_memory", Status.LOST, "engine_out_of_memory"),
        ("preempted", Status.LOST, "preempted"),
        ("node_failed", Status.LOST, "node_failed"),
    ],
)
def test_who_killed_a_launcher_is_told_by_the_engine(
    site: Site, fake: Fake, ended: Ended, status: Status, reason: str
) -> None:
    run = site.ended(killed(site, fake, JobState("ended", "its word", None, ended)))
    assert (run.status, run.reason) == (status, reason)
    assert site.folder(run.id).log.read_bytes() == b"on\n"


def test_a_launcher_that_was_killed_and_of_which_the_engine_says_nothing(
    site: Site, fake: Fake
) -> None:
    run = site.ended(killed(site, fake, JobState("running", "RUNNING")))
    assert (run.status, run.reason) == (Status.FAILED, "launcher_gone")


@pytest.mark.parametrize("is_expired", [False, True])  # as an hour after the job began
def test_a_start_that_the_engine_does_not_count_is_an_attempt_too(
    site: Site, fake: Fake, is_expired: bool
) -> None:
    site.placed._patience = 60.0  # its end comes, however slow this machine is
    run = site.place(["sh", "-c", "echo on; sleep 600"])
    site.says(run, b"on\n")
    if is_expired:
        claims.end(site.services.store, run, 1)
        assert claim(site, fake, 0).status_code == 401
    fake.says["1"] = JobState("queued", "None", started=math.inf)
    fake.processes["1"].kill()
    until(lambda: site.folder(run).result.exists())
    opened = until(lambda: (said := claim(site, fake, 0)).status_code == 201 and said)
    assert (opened.json or {})["attempt"] == 2
    first = site.services.store.attempts(site.run(run))[0]
    assert first.reason == "requeued"  # lost, where the next start came before the end of this one
    assert claim(site, fake, 1).status_code == 429
    assert not list(site.config.home.glob("outbox/*"))
