"""What mends a placed run is placed again: another command line, more memory, more time."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.executors.kit import Fake, Site
from tests.executors.test_restarts import waiting
from tests.real import until

from lastwords.executors.engines import JobState
from lastwords.records import InvalidSpec, Status
from lastwords.repairing import trainings
from lastwords.supervision.retrying import fixes_of

# Has room for as many examples as stand in a file.
FITS = """
import pathlib, sys
batch = int(sys.argv[sys.argv.index("--per_device_train_batch_size") + 1])
if batch > 4:
    raise MemoryError("Unable to allocate 9.1 GiB for an array")
print("fits", *sys.argv[1:])
"""


def advice(site: Site, run: str) -> list[dict[str, Any]]:
    """The fixes that the API offers."""
    told = site.client.get(f"/api/training/runs/{run}/diagnosis").json or {}
    return [item for item in told["advice"] if item["fix"]]


def retry(site: Site, run: str, number: int) -> dict[str, Any]:
    answer = site.client.post(f"/api/training/runs/{run}/retry", json={"fix": number})
    assert answer.status_code == 202, answer.text
    return answer.json or {}


def test_another_command_line_is_placed_with_the_same_resources(site: Site, fake: Fake) -> None:
    words = [sys.executable, "-c", FITS, "--per_device_train_batch_size", "8", "--lr", "1e-3"]
    run = site.ended(site.place(words, cpus=2))
    assert (run.status, run.cause) == (Status.FAILED, "memory.host_oom")
    item = advice(site, run.id)[0]
    changes = {"--per_device_train_batch_size": "4", "--gradient_accumulation_steps": "2"}
    assert (item["fix"]["number"], item["fix"]["set"]) == (1, changes)
    assert item["command"] == f"lastwords retry {run.id} --fix 1"
    again = retry(site, run.id, 1)
    assert again["changed"]["set"] == changes
    assert again["changed"]["before"] == {
        "--per_device_train_batch_size": "8",
        "--gradient_accumulation_steps": None,
    }
    ended = site.ended(run.id)
    mended = [*words[:4], "4", *words[5:], "--gradient_accumulation_steps", "2"]
    assert (ended.status, ended.attempt, ended.command) == (Status.COMPLETED, 2, mended)
    log = site.folder(run.id, 2).log.read_text()
    assert log == f"fits {shlex.join(mended[3:])}\n"
    assert [wanted.cpus for _, wanted in fake.submitted] == [2, 2]
    assert site.services.supervisor.earlier_attempt(ended, 1).command == words


def test_the_mended_command_is_what_is_retried_after_that(site: Site) -> None:
    words = [sys.executable, "-c", FITS, "--per_device_train_batch_size", "16"]
    run = site.ended(site.place(words)).id
    for number, batch in enumerate(("16", "8", "4"), start=1):
        ended = site.ended(run)
        assert (ended.attempt, ended.command[4]) == (number, batch)
        if batch != "4":
            retry(site, run, 1)
    assert ended.command[5:] == ["--gradient_accumulation_steps", "4"]
    site.services.supervisor.retry(run)
    assert site.ended(run).command == ended.command


def test_what_had_too_little_memory_gets_more_of_it(site: Site, fake: Fake) -> None:
    words = [sys.executable, "-c", "print('on'); held = b'x' * (300 << 20)"]
    run = site.ended(site.place(words, memory=200 << 20)).id
    assert site.run(run).reason == "oom_killed"
    (item,) = advice(site, run)
    assert (item["fix"]["label"], item["fix"]["keeps"]) == ("memory 200 MB → 400 MB", "the result")
    assert retry(site, run, 1)["changed"]["set"] == {"memory": 400 << 20}
    assert site.ended(run).status == Status.COMPLETED
    assert [wanted.memory for _, wanted in fake.submitted] == [200 << 20, 400 << 20]


def test_what_its_engine_ended_for_memory_gets_more_of_it(site: Site, fake: Fake) -> None:
    waiting(site, fake)
    run = site.place(["true"], memory=1 << 30)
    until(lambda: len(fake.submitted) == 2)
    fake.says["2"] = JobState("ended", "OUT_OF_MEMORY", None, "out_of_memory")
    ended = site.ended(run)
    assert (ended.status, ended.reason) == (Status.LOST, "engine_out_of_memory")
    assert [item["fix"]["set"] for item in advice(site, run)] == [{"memory": 2 << 30}]
    retry(site, run, 1)
    until(lambda: len(fake.submitted) == 3)
    assert fake.submitted[2][1].memory == 2 << 30


def test_what_ran_out_of_time_gets_more_of_it(site: Site, fake: Fake, tmp_path: Path) -> None:
    words = f"[ -e {tmp_path}/again ] || {{ touch {tmp_path}/again; exec sleep 600; }}"
    run = site.ended(site.place(["sh", "-c", words], timeLimitSeconds=2)).id
    assert site.run(run).reason == "timeout"
    assert [item["fix"]["name"] for item in advice(site, run)] == ["more-time"]
    retry(site, run, 1)
    assert site.ended(run).status == Status.COMPLETED
    assert [wanted.timeLimitSeconds for _, wanted in fake.submitted] == [2, 4]


def test_a_fix_that_there_is_not_is_refused(site: Site) -> None:
    run = site.ended(site.place(["false"])).id
    with pytest.raises(InvalidSpec, match="no change is known that could mend"):
        site.services.supervisor.retry(run, fix=1)
    assert site.run(run).attempt == 1


def test_a_command_that_a_machine_names_is_never_made_ours(site: Site) -> None:
    words = [sys.executable, "-c", FITS, "--per_device_train_batch_size", "8"]
    run = site.ended(site.place(words))
    theirs = ["sh", "-c", "id", "--per_device_train_batch_size", "8"]
    site.services.store.begin_attempt(run, {"command": theirs}, 2)
    ended = {"cause": "memory.host_oom"}
    assert site.services.store.change_status(run.id, 2, Status.FAILED, ended)
    with pytest.raises(InvalidSpec, match="was not asked for here"):
        site.services.supervisor.retry(run.id, fix=1)


def test_more_memory_is_asked_of_engines_alone() -> None:
    for spec in (
        {"memory": 1 << 30},
        {"executor": "slurm"},
        {"executor": "slurm", "memory": 2**44},
    ):
        names = [fix.name for fix in trainings.fixes_of_job("memory.host_oom", spec)]
        assert names == []


def test_a_training_asks_for_more_memory_first(site: Site, fake: Fake) -> None:
    (site.config.home / "data.jsonl").touch()
    fake.holds = True
    asked = {"executor": "fake", "baseModel": "a/model", "memory": 3 << 30}
    run = site.services.supervisor.create(asked, "a test").id
    until(lambda: fake.submitted)
    fake.says["1"] = JobState("ended", "OUT_OF_MEMORY", None, "out_of_memory")
    assert site.ended(run).reason == "engine_out_of_memory"
    fix = fixes_of(site.run(run))[0]
    assert (fix.name, fix.label) == ("more-memory", "memory 3 GB → 6 GB")
    site.services.supervisor.retry(run, fix=1)
    until(lambda: len(fake.submitted) == 2)
    assert fake.submitted[1][1].memory == 6 << 30
