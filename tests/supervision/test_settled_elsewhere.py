"""A run that a shell or another server settles leaves nothing behind with who looked at it too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from tests.real import until

from lastwords.config import Config
from lastwords.records import FINAL, Run
from lastwords.store.runs import Store
from lastwords.supervision import proving
from lastwords.supervision.proving import Proofs
from lastwords.supervision.supervisor import Supervisor


@pytest.fixture
def other(config: Config) -> Iterator[Supervisor]:
    """What another server of the home is made of."""
    store = Store(config.database)
    yield Supervisor(config, store)
    store.close()


def _watched(by: Supervisor, mode: str) -> Run:
    """A running training that was looked at."""
    run = by.create({"baseModel": mode}, "a test")
    by.start_queued()
    by.settle()
    return by.store.run(run.id)


def _settle(by: Supervisor, run: Run) -> None:
    def is_settled() -> bool:
        by.settle()
        return by.store.run(run.id).status in FINAL

    until(is_settled)


def _held_processes() -> int:
    """Descriptors of this process that hold another one."""
    found = 0
    for path in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            found += "pidfd" in str(path.readlink())
    return found


def test_no_process_of_it_is_held_any_more(supervisor: Supervisor, other: Supervisor) -> None:
    before = _held_processes()
    run = _watched(supervisor, "waits-then-exits-3")
    assert supervisor.executor.descriptor(supervisor.folder(run)) is not None
    assert _held_processes() > before
    supervisor.executor.stop(supervisor.folder(run), "a test", "stopped_by_user")
    _settle(other, run)
    supervisor.settle()
    assert _held_processes() == before


def test_no_check_of_its_adapter_goes_on(
    supervisor: Supervisor, other: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proving, "AT_ONCE", 0)
    supervisor.proofs = proofs = Proofs()
    run = _watched(supervisor, "trains")
    until(supervisor.folder(run).result.exists)
    supervisor.settle()
    assert proofs.descriptors()  # whose end wakes the watch, once it is there
    _settle(other, run)
    supervisor.settle()
    assert not proofs.descriptors() and not proofs.is_checking(supervisor.folder(run))
