"""The contract, on this machine and on an engine of processes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.executors.contract import *  # noqa: F403
from tests.executors.contract import Here, Where, python
from tests.executors.kit import Fake, Site

from lastwords.folders.members import members
from lastwords.records import Status

MEMORY = 200 << 20  # bytes; our own processes there take about 60 MB


@pytest.fixture(params=["local", "fake"])
def where(request: pytest.FixtureRequest, site: Site) -> Iterator[Where]:
    place = Here(site) if request.param == "local" else Where(site)
    yield place
    if isinstance(place, Here):
        place.end()


def test_what_has_too_little_memory_was_killed_for_that(where: Where) -> None:
    code = "print('on'); held = [b'x' * (1 << 20) for _ in range(400)]"
    run = where.site.ended(where.start(python(code), memory=MEMORY))
    assert (run.status, run.reason, run.cause) == (Status.FAILED, "oom_killed", "memory.host_oom")
    assert where.site.folder(run.id).log.read_bytes() == b"on\n"
    assert "MB allowed" in str(run.detail)


def test_of_two_nodes_the_one_that_fails_is_told_and_ends_the_other(site: Site, fake: Fake) -> None:
    fake.ends_others = True
    code = "import os, time; print('on', flush=True)\n"
    code += "if os.environ['NODE_RANK'] == '1': raise ValueError('rank 1 breaks')\ntime.sleep(600)"
    ended = site.ended(site.place(python(code), nodes=2))
    assert (ended.status, ended.member) == (Status.FAILED, 1)
    assert ended.headline == "ValueError: rank 1 breaks"
    ranks = members(site.folder(ended.id))
    assert ranks[0].log.read_bytes() == b"on\n"
    assert [rank.result.exists() for rank in ranks] == [True, True]
