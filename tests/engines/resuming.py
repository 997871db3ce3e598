"""A training that is placed twice, and goes on; each engine has tests of it."""

from __future__ import annotations

import re
from typing import Any

from tests.executors.kit import Site
from tests.real import until
from tests.trainer.kit import make_llama, pairs_database

from lastwords.folders.events import read_facts
from lastwords.measurements.metrics import read_metrics
from lastwords.records import Status

EPOCHS = 30


def a_training(site: Site, **wanted: object) -> str:
    """A training that saves after each of many epochs; the run's id."""
    data = pairs_database(site.config.home / "pairs.db", 30)
    model = make_llama(site.config.home / "llama")
    asked: dict[str, Any] = {"dbPath": str(data), "baseModel": str(model), "epochs": EPOCHS}
    asked |= {"precision": "fp32", "batchSize": 1, "executor": site.engine.name, **wanted}
    return site.services.supervisor.create(asked, "a test").id


def saved(site: Site, run: str, attempt: int = 1) -> int | None:
    """The step of its last checkpoint that is known here."""
    return read_facts(site.folder(run, attempt).events).saved


def has_saved(site: Site, run: str) -> None:
    until(lambda: saved(site, run) is not None, 120)


def check_that_it_went_on(site: Site, run: str) -> None:
    """From the last checkpoint of the first attempt to the end, with all of its curve."""
    until(lambda: site.run(run).attempt == 2, 120)
    ended = site.ended(run, 240)
    assert (ended.status, ended.attempt) == (Status.COMPLETED, 2), (ended.headline, ended.detail)
    folder = site.folder(run, 2)
    facts = read_facts(folder.events)
    assert facts.resumed == saved(site, run) and facts.resumed
    assert f"resuming from step {facts.resumed}, ".encode() in folder.log.read_bytes()
    steps = [metric["step"] for metric in read_metrics(folder)]
    assert steps == sorted(set(steps)) and steps[0] < facts.resumed < steps[-1]
    own = [int(step) for step in re.findall(rb"\bstep (\d+)/", folder.log.read_bytes())]
    assert not own or min(own) > facts.resumed
