"""A training that is placed again: it goes on where its spool is seen, and else says why not."""

from __future__ import annotations

import json
import os
import signal
import uuid
from pathlib import Path

import pytest
from tests.engines.resuming import a_training, check_that_it_went_on, has_saved, saved
from tests.executors.kit import Fake, Site
from tests.executors.test_restarts import claim
from tests.real import until

from lastwords.cli.resuming import start_of
from lastwords.executors.engines import JobState
from lastwords.folders import runfolder
from lastwords.folders.events import read_facts
from lastwords.recording import processes
from lastwords.records import Status, now
from lastwords.supervision.resuming import earlier


@pytest.fixture
def interrupted(site: Site, fake: Fake) -> str:
    """A training that was killed after its first checkpoint."""
    run = a_training(site)
    has_saved(site, run)
    kill_trainers(fake)
    assert site.ended(run).reason == "killed_by_SIGKILL"
    assert saved(site, run)
    return run


def kill_trainers(fake: Fake) -> None:
    """What trains below the home of the engine."""
    for process in processes.with_cookie("HOME", str(fake.place)):
        if b"lastwords.trainer" in Path(f"/proc/{process.pid}/cmdline").read_bytes():
            os.kill(process.pid, signal.SIGKILL)


def test_a_retry_goes_on_from_the_last_checkpoint(site: Site, interrupted: str) -> None:
    site.services.supervisor.retry(interrupted)
    check_that_it_went_on(site, interrupted)


def test_a_start_of_its_engine_goes_on_too(site: Site, fake: Fake) -> None:
    run = a_training(site)
    has_saved(site, run)
    fake.requeue("1")
    until(lambda: site.run(run).status != Status.RUNNING)
    fake.begin("1")
    check_that_it_went_on(site, run)


def test_on_a_node_that_does_not_see_the_spool_it_begins_anew_and_says_so(
    site: Site, fake: Fake, interrupted: str
) -> None:
    (fake.place / "spool").rename(fake.place / "elsewhere")
    site.services.supervisor.retry(interrupted)
    ended = site.ended(interrupted, 240)
    assert ended.status == Status.COMPLETED
    assert read_facts(site.folder(interrupted, 2).events).resumed is None
    words = site.flag(interrupted, "checkpoint_missing")
    assert f"The checkpoint of step {saved(site, interrupted)} lies on " in words
    assert words.endswith("a retry goes on.")


def test_the_same_training_is_told_of_its_attempts_and_another_is_not(
    site: Site, fake: Fake
) -> None:
    (site.config.home / "data.jsonl").touch()
    fake.holds = True
    asked = {"executor": "fake", "baseModel": "a/model", "epochs": 10}
    run = site.services.supervisor.create(asked, "a test").id
    uids, told = [str(uuid.uuid4()) for _ in range(4)], []
    for job, (uid, count) in enumerate(zip(uids, (10, 20, 30, 30), strict=True)):
        if job:
            fake.says[str(job)] = JobState("ended", "NODE_FAIL", None, "node_failed")
            site.ended(run)
            site.services.supervisor.retry(run, {"epochs": count})
        until(lambda job=job: len(fake.environments) == job + 1)  # type: ignore[misc]
        told.append((claim(site, fake, 0, uid, job).json or {})["spec"].get("resume"))
        event = {"event": "checkpoint", "step": job, "time": "2026-01-01T00:00:00.000Z"}
        site.folder(run, job + 1).events.write_text(json.dumps(event) + "\n")
    assert told == [None, None, None, [{"uid": uids[2], "host": "node7", "step": 2}]]
    sent = site.folder(run, 3)  # as if a machine had sent it, with a spec.json of its own
    sent.handle.unlink()
    sent.spec.write_text(json.dumps({"spec": {"batchSize": "many", "accumulation": []}}))
    assert earlier(site.folder(run, 4)) == []


def test_ranks_go_on_together(site: Site, fake: Fake) -> None:
    run = a_training(site, nodes=2)
    has_saved(site, run)
    kill_trainers(fake)
    assert site.ended(run).status == Status.FAILED
    site.services.supervisor.retry(run)
    check_that_it_went_on(site, run)
    log = (site.folder(run, 2).ranks / "1" / "output.log").read_bytes()
    assert f"resuming from step {saved(site, run)}, ".encode() in log


def test_the_newest_attempt_that_is_seen_counts(tmp_path: Path) -> None:
    runfolder.make_home(tmp_path / "spool")
    folder = runfolder.reserve_run(tmp_path / "spool", now())
    runfolder.write_once(folder.spec, {"uid": "seen"})
    gone, seen = ({"uid": uid, "host": "node7", "step": 9} for uid in ("gone", "seen"))
    assert "step 9 lies on node7" in str(start_of(tmp_path / "spool", [gone, seen], "x").notice)
    (folder.path / "checkpoints" / "checkpoint-3").mkdir(parents=True)
    flags = [f"--resume-from={folder.path}"]
    assert start_of(tmp_path / "spool", [gone, seen], "x") == (flags, None)
    assert start_of(tmp_path / "spool", [gone | {"step": None}], "x") == ((), None)
    assert start_of(tmp_path / "none", [], "x") == ((), None)
