"""Attempts on an engine that may lie, forget, be away, or do what it does not say."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from tests.executors.kit import Fake, Site
from tests.real import new_attempt, until

from lastwords.config import Config
from lastwords.executors.engines import JobState
from lastwords.folders import runfolder
from lastwords.folders.events import Facts
from lastwords.records import InvalidSpec, Status, now, timestamp
from lastwords.supervision.completion import judge

ENDED = {
    name: JobState("ended", name.upper(), None, name)
    for name in ("node_failed", "out_of_memory", "preempted", "engine_failed", "completed")
}


def test_what_waits_in_the_engine_is_queued_for_its_reason(site: Site, fake: Fake) -> None:
    fake.holds = True
    run = site.place(["sh", "-c", "echo here"], cpus=2)
    assert site.flag(run, "placed") == "Fake: Resources"
    assert site.run(run).status == Status.QUEUED
    assert fake.submitted[0][1].cpus == 2
    fake.begin("1")
    assert site.ended(run).status == Status.COMPLETED
    assert site.folder(run).log.read_bytes() == b"here\n"


def test_it_takes_no_place_of_this_machine(site: Site, fake: Fake) -> None:
    fake.holds = True
    runs = [site.place(["true"]) for _ in range(3)]
    until(lambda: len(fake.submitted) == 3)
    for job in list(fake.waiting):
        fake.begin(job)
    assert {site.ended(run).status for run in runs} == {Status.COMPLETED}


def test_a_submission_whose_answer_was_lost_is_looked_up_and_not_repeated(
    site: Site, fake: Fake
) -> None:
    fake.loses_answer = True
    run = site.place(["sh", "-c", "echo once"])
    assert site.ended(run).status == Status.COMPLETED
    assert len(fake.submitted) == 1
    assert site.folder(run).log.read_bytes() == b"once\n"


def test_a_server_that_died_between_handle_and_id_looks_the_job_up(
    home: Path, fake: Fake, tmp_path: Path
) -> None:
    def engine(url: str) -> Fake:
        fake.url = url
        return fake

    fake.holds = fake.loses_answer = True
    first = Site(home, engine)
    run = first.place(["sh", "-c", "echo once"])
    until(lambda: fake.submitted)
    first.close()
    assert (first.folder(run).path / "handle.json").exists()
    (first.folder(run).path / "placed.json").unlink(missing_ok=True)
    second = Site(home, engine)
    try:
        assert second.flag(run, "placed") == "Fake: Resources"
        fake.waiting["1"] = {**fake.waiting["1"], "LASTWORDS_TO": fake.url}
        fake.begin("1")
        assert second.ended(run).status == Status.COMPLETED
        assert len(fake.submitted) == 1
    finally:
        second.close()


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("node_failed", "node_failed"),
        ("out_of_memory", "engine_out_of_memory"),
        ("preempted", "preempted"),
        ("engine_failed", "engine_failed"),
        ("completed", "engine_failed"),
    ],
)
def test_the_engines_word_counts_where_no_end_comes(
    site: Site, fake: Fake, word: str, reason: str
) -> None:
    fake.holds = True
    fake.says["1"] = ENDED[word]
    run = site.ended(site.place(["true"]))
    assert (run.status, run.reason) == (Status.LOST, reason)
    assert f"Fake: {word.upper()}" in str(run.detail)


def test_a_sealed_end_beats_the_engine(site: Site, fake: Fake) -> None:
    run = site.place(["sh", "-c", "echo whole; exit 3"])
    fake.says["1"] = ENDED["node_failed"]
    ended = site.ended(run)
    assert (ended.status, ended.exit_code) == (Status.FAILED, 3)
    assert site.folder(run).log.read_bytes() == b"whole\n"


def test_a_job_that_the_engine_forgot_goes_on(site: Site, fake: Fake, tmp_path: Path) -> None:
    stop = tmp_path / "stop"
    loop = f"echo on; while [ ! -e {stop} ]; do sleep 0.1; done"
    run = site.place(["sh", "-c", loop])
    site.says(run, b"on\n")
    fake.forgets.add("1")
    assert "does not know job 1" in site.flag(run, "engine_forgot")
    assert site.run(run).status == Status.RUNNING
    stop.touch()
    assert site.ended(run).status == Status.COMPLETED


def test_a_job_forgotten_before_anybody_came_for_it_has_failed_and_can_never_start(
    site: Site, fake: Fake
) -> None:
    fake.holds = True
    run = site.place(["sh", "-c", "echo late"])
    site.flag(run, "placed")
    fake.forget("1")
    assert "nothing of it was heard" in site.flag(run, "engine_forgot")
    ended = site.ended(run)
    assert (ended.status, ended.reason) == (Status.FAILED, "launch_failed")
    assert "Fake knows neither job 1 nor its name any more" in str(ended.headline)
    fake.begin("1")  # an engine that lied
    assert fake.processes["1"].wait(60) != 0
    assert b"has expired" in (fake.place / "1.err").read_bytes()
    assert not site.folder(run).log.exists()
    assert site.run(run) == ended


def test_a_job_whose_id_was_given_to_another_is_neither_told_nor_cancelled_by_it(
    site: Site, fake: Fake
) -> None:
    fake.holds = True
    forgotten, withdrawn = site.place(["true"]), site.place(["true"])
    site.flag(forgotten, "placed"), site.flag(withdrawn, "placed")
    for job in ("1", "2"):
        fake.names[job] = "lw-another"
        fake.says[job] = JobState("ended", "COMPLETED", 0, "completed", name="lw-another")
    site.client.post(f"/api/training/runs/{withdrawn}/cancel")
    assert site.ended(withdrawn).status == Status.CANCELLED
    ended = site.ended(forgotten)
    assert (ended.status, ended.reason) == (Status.FAILED, "launch_failed")
    assert fake.cancelled == []


def test_a_job_forgotten_after_it_was_said_to_run_has_failed_too(site: Site, fake: Fake) -> None:
    fake.holds = True
    fake.says["1"] = JobState("running", "RUNNING")
    run = site.place(["true"])
    until(lambda: site.run(run).status == Status.RUNNING)
    fake.forget("1")
    ended = site.ended(run)
    assert (ended.status, ended.reason) == (Status.FAILED, "launch_failed")


def test_a_job_known_by_its_name_has_not_failed(home: Path, fake: Fake) -> None:
    def engine(url: str) -> Fake:
        fake.url = url
        return fake

    site = Site(home, engine, patience=0.2)
    try:
        fake.holds = True
        run = site.place(["sh", "-c", "echo here"])
        site.flag(run, "placed")
        fake.forgets.add("1")
        site.flag(run, "engine_forgot")
        asked = fake.looked_up
        until(lambda: fake.looked_up > asked + 10)
        assert site.run(run).status == Status.QUEUED
        fake.begin("1")
        assert site.ended(run).status == Status.COMPLETED
    finally:
        site.close()


def test_what_the_engine_forgot_is_cancelled_at_once(site: Site, fake: Fake) -> None:
    fake.holds = True
    queued = site.place(["true"])
    site.flag(queued, "placed")
    fake.says["2"] = JobState("running", "RUNNING")
    begun = site.place(["true"])
    until(lambda: site.run(begun).status == Status.RUNNING)
    fake.forget("1")
    fake.forget("2")
    site.flag(queued, "engine_forgot")
    for run in (queued, begun):
        assert site.client.post(f"/api/training/runs/{run}/cancel").status_code == 202
        ended = site.ended(run)
        assert ended.status == Status.CANCELLED, (ended.id, ended.reason, ended.detail)


def test_an_engine_that_is_away_is_no_verdict(site: Site, fake: Fake) -> None:
    fake.is_away = "no controller"
    run = site.place(["true"])
    assert site.flag(run, "engine_away") == "Fake gives no answer: no controller"
    fake.is_away = ""
    assert site.ended(run).status == Status.COMPLETED


def test_what_the_engine_refuses_fails_with_its_words(site: Site, fake: Fake) -> None:
    fake.refuses = "sbatch: invalid partition specified: nowhere"
    run = site.ended(site.place(["true"], partition="nowhere"))
    assert (run.status, run.reason) == (Status.FAILED, "launch_failed")
    assert run.headline == fake.refuses


def test_cancelling_what_is_queued_there_takes_it_back(site: Site, fake: Fake) -> None:
    fake.holds = True
    run = site.place(["true"])
    site.flag(run, "placed")
    site.services.supervisor.cancel(run, "a test")
    assert site.run(run).status == Status.CANCELLED
    until(lambda: fake.cancelled == ["1"])


def test_cancelling_what_runs_there_ends_it_with_its_grace(site: Site, fake: Fake) -> None:
    saves = "import signal, sys, time\n"
    saves += "signal.signal(signal.SIGTERM, lambda *_: (print('saved', flush=True), sys.exit(0)))\n"
    saves += "print('on', flush=True)\ntime.sleep(600)\n"
    run = site.place([sys.executable, "-c", saves])
    site.says(run, b"on\n")
    site.services.supervisor.cancel(run, "a test")
    ended = site.ended(run)
    assert (ended.status, ended.reason) == (Status.CANCELLED, "stopped_by_user")
    assert site.folder(run).log.read_bytes() == b"on\nsaved\n"


def test_a_stop_whose_end_only_the_engine_tells_is_a_cancelled_run(home: Path) -> None:
    folder = new_attempt(home, ["true"])
    stop = {"by": "a test", "at": timestamp(now()), "reason": "stopped_by_user"}
    told = {"finishedAt": timestamp(now()), "logBytes": 0, "engineWord": "Slurm: CANCELLED"}
    runfolder.write_once(folder.result, told | {"stop": stop, "stopHeeded": True})
    result = runfolder.read_result(folder) or {}
    outcome, words = judge(folder, {"kind": "command"}, result, Facts())
    assert (outcome.status, outcome.reason) == (Status.CANCELLED, "stopped_by_user")
    assert words == "Stopped by a test."


def test_a_claim_code_is_good_once(site: Site, fake: Fake) -> None:
    run = site.place(["sh", "-c", "echo mine; sleep 600"])
    site.says(run, b"mine\n")
    code = fake.environments[0]["LASTWORDS_CLAIM"]
    body = {"uid": "6f2bc640-0000-4000-8000-000000000000", "spec": {}, "host": {"name": "thief"}}
    headers = {"Authorization": f"Bearer {code}", "Lastwords-Protocol": "1"}
    anonymous = site.app.test_client()
    answer = anonymous.post("/api/training/shipments", json=body, headers=headers)
    assert answer.status_code == 409
    assert (answer.json or {})["type"].endswith("claimed-already")
    assert "thief" in site.flag(run, "claimed_twice")
    audit = site.client.get("/api/training/audit?limit=50").json or {}
    assert "claimed-already" in {line["outcome"] for line in audit["entries"]}
    site.services.supervisor.cancel(run, "a test")
    assert site.ended(run).status == Status.CANCELLED
    late = anonymous.post(
        "/api/training/shipments", json={**body, "host": {"name": "x"}}, headers=headers
    )
    assert late.status_code == 409


def test_neither_code_nor_token_is_left_where_others_read(site: Site, fake: Fake) -> None:
    run = site.ended(site.place(["sh", "-c", "env"]))
    code = fake.environments[0]["LASTWORDS_CLAIM"].encode()
    log = site.folder(run.id).log.read_bytes()
    assert b"LASTWORDS_RUN_ID" in log and b"LASTWORDS_CLAIM" not in log and code not in log
    kept = [path for path in site.folder(run.id).path.rglob("*") if path.is_file()]
    kept += site.config.home.glob("lastwords.db*")
    assert not [path for path in kept if code in path.read_bytes()]


def test_a_command_that_cannot_be_started_says_so(site: Site) -> None:
    run = site.ended(site.place(["/no/such/program"]))
    assert (run.status, run.reason) == (Status.FAILED, "launch_failed")
    assert "/no/such/program" in str(run.headline)


def test_an_engine_that_is_not_configured_is_named(site: Site, config: Config) -> None:
    with pytest.raises(InvalidSpec, match="the engine slurm is not configured"):
        site.services.supervisor.create({"executor": "slurm"}, "a test")
    with pytest.raises(InvalidSpec, match="there is no engine 'elsewhere'"):
        site.services.supervisor.create({"executor": "elsewhere"}, "a test")
    with pytest.raises(InvalidSpec, match="partition: is for runs that an engine places"):
        site.services.supervisor.create({"partition": "gpu"}, "a test")


def test_a_run_whose_engine_is_configured_no_more_fails_with_its_name(
    site: Site, fake: Fake, home: Path
) -> None:
    fake.is_away = "no controller"
    run = site.place(["true"])
    site.flag(run, "engine_away")
    folder = site.folder(run)
    site.services.supervisor.executor._placed.clear()  # type: ignore[attr-defined]
    ended = site.ended(run)
    assert (ended.status, ended.reason) == (Status.FAILED, "launch_failed")
    assert "there is no engine 'fake'" in str(ended.headline)
    assert until(lambda: runfolder.read_result(folder))


@pytest.mark.parametrize("harm", ["spec.json", "folder"])
def test_a_run_that_cannot_be_placed_fails_with_the_reason_and_holds_up_no_other(
    site: Site, fake: Fake, harm: str
) -> None:
    fake.is_away = "no answer"
    run, other = site.place(["true"]), site.place(["true"])
    assert site.flag(run, "engine_away")
    if harm == "folder":
        shutil.rmtree(site.folder(run).path.parent)
    else:
        site.folder(run).spec.write_text('{"command": 5}')
    fake.is_away = ""
    found = site.ended(run)
    assert (found.status, found.reason) == (Status.FAILED, "launch_failed")
    assert ("is damaged" if harm == "spec.json" else "was deleted") in str(found.detail)
    assert site.ended(other).status == Status.COMPLETED
    with site.services.store.guard():
        made = site.services.store.db.execute("SELECT count(*) FROM claims").fetchone()
    assert made == (2,)
