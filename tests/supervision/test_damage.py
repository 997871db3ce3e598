"""Damage to one run must not hold up the others."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.real import delete, until
from tests.supervision.adapters import write_header
from tests.supervision.test_supervisor import (
    begin,
    create,
    ended,
    kill,
    kill_recorder_and_child,
    run_to_its_end,
)

from lastwords.config import Config
from lastwords.folders.runfolder import AttemptFolder
from lastwords.recording import recorder
from lastwords.records import FINAL, Run, Status
from lastwords.store.runs import Store
from lastwords.supervision.settling import asked_of
from lastwords.supervision.supervisor import Supervisor


@pytest.fixture
def two(config: Config, store: Store) -> tuple[Supervisor, Run, Run]:
    """Two running runs, the first of which is about to be damaged."""
    supervisor = Supervisor(replace(config, max_running=2), store)
    first, second = create(supervisor, "hangs"), create(supervisor, "hangs")
    supervisor.start_queued()
    return supervisor, first, second


def _second_ends_all_the_same(supervisor: Supervisor, second: Run) -> None:
    supervisor.cancel(second.id, "a test")
    assert ended(supervisor, second).status == Status.CANCELLED


@pytest.mark.parametrize("content", [b"", b'{"exitCode": 0', b"[]", b"{}", b"\xff", b'{"a": 1}'])
def test_a_damaged_result_is_lost_and_holds_up_nobody(
    two: tuple[Supervisor, Run, Run], content: bytes
) -> None:
    supervisor, first, second = two
    supervisor.folder(first).result.write_bytes(content)
    _second_ends_all_the_same(supervisor, second)
    run = supervisor.store.run(first.id)
    assert (run.status, run.reason) == (Status.LOST, "result_damaged")
    assert run.detail is not None and "result.json" in run.detail
    kill_recorder_and_child(supervisor, first)


def test_a_folder_deleted_by_hand_is_lost_its_processes_end_and_nobody_is_held_up(
    two: tuple[Supervisor, Run, Run],
) -> None:
    supervisor, first, second = two
    folder = supervisor.folder(first)
    delete(folder.path.parent)
    _second_ends_all_the_same(supervisor, second)
    run = supervisor.store.run(first.id)
    assert (run.status, run.reason) == (Status.LOST, "folder_missing")
    until(lambda: not recorder.strays(folder))


def test_a_folder_deleted_before_the_start_is_lost_and_holds_up_nobody(
    supervisor: Supervisor,
) -> None:
    first, second = create(supervisor, "exits-3"), create(supervisor, "exits-3")
    shutil.rmtree(supervisor.folder(first).path.parent)
    supervisor.start_queued()
    assert ended(supervisor, first).reason == "folder_missing"
    supervisor.start_queued()
    assert ended(supervisor, second).reason == "exit_code"


def test_a_spec_deleted_by_hand_after_the_end_completes_no_training(
    supervisor: Supervisor,
) -> None:
    run = begin(supervisor, "trains")
    folder = supervisor.folder(run)
    until(folder.result.exists)
    folder.spec.unlink()
    assert ended(supervisor, run).reason == "exit0_not_finished"


HOSTILE_EVENTS = (
    b'{"event": "dataset", "samples": "8"}\n',
    b'{"event": "progress", "step": 99999999999999999999999}\n',
    b'{"event": "progress", "step": 1, "totalSteps": [], "epoch": NaN}\n',
    b'{"event": "stage_started", "stage": "\\ud800"}\n',
    b'{"event": "stage_ended", "stage": "\\ud800", "seconds": "x", "detail": 5}\n',
    b'{"event": "metric", "loss": Infinity}\n',
    b"[" * 100_000 + b"\n",
    b'{"event": "finished", "finalLoss": NaN, "samples": "x"}\n',
)


@pytest.mark.parametrize("event", HOSTILE_EVENTS)
def test_whatever_a_child_writes_as_events_its_run_ends(
    supervisor: Supervisor, event: bytes
) -> None:
    run = begin(supervisor, "hangs")
    supervisor.folder(run).events.write_bytes(event)
    supervisor.settle()
    kill(supervisor, run)
    assert ended(supervisor, run).reason == "killed_by_SIGKILL"


def test_an_artifact_that_is_a_pipe_holds_nobody_up(supervisor: Supervisor) -> None:
    run = begin(supervisor, "finishes-without-adapter")
    folder = supervisor.folder(run)
    (folder.artifacts / "adapter_config.json").write_text("{}")
    os.mkfifo(folder.artifacts / "adapter_model.safetensors")
    assert ended(supervisor, run).reason == "adapter_invalid"


def test_a_rule_that_breaks_does_not_keep_a_run_from_ending(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("lastwords.supervision.settling.explain_attempt", broken)
    run = run_to_its_end(supervisor, "exits-3")
    assert (run.status, run.reason, run.cause) == (Status.FAILED, "exit_code", None)


def test_a_log_that_became_a_link_shows_nothing_of_its_target(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("Traceback (most recent call last):\nSecret: words\n")
    run = begin(supervisor, "exits-3")
    folder = supervisor.folder(run)
    until(folder.result.exists)
    folder.log.unlink()
    folder.log.symlink_to(tmp_path / "secret")
    found = ended(supervisor, run)
    assert found.status == Status.FAILED and "Secret" not in repr(found)


def _name_a_missing_shard(folder: AttemptFolder) -> None:
    index = {"weight_map": {"w": "x" * 5000}}
    (folder.artifacts / "model.safetensors.index.json").write_text(json.dumps(index))


def _shape_without_end(folder: AttemptFolder) -> None:
    header = b'{"w":{"dtype":"F32","shape":["a",100000000000],"data_offsets":[0,8]}}'
    write_header(folder.artifacts / "adapter_model.safetensors", header, bytes(8))


def _events_without_end(folder: AttemptFolder) -> None:
    os.truncate(folder.events, 8 << 30)


def _half_a_character(folder: AttemptFolder) -> None:
    result = json.loads(folder.result.read_bytes())
    folder.result.write_text(json.dumps(result | {"exitCode": None, "signal": "SIG\ud800"}))


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (_name_a_missing_shard, "adapter_invalid"),
        (_shape_without_end, "adapter_invalid"),
        (_events_without_end, "ok"),
        (_half_a_character, "result_damaged"),
    ],
)
def test_whatever_a_training_leaves_it_ends_and_the_next_one_starts(
    supervisor: Supervisor, damage: Callable[[AttemptFolder], None], reason: str
) -> None:
    first, second = begin(supervisor, "trains"), create(supervisor, "exits-3")
    folder = supervisor.folder(first)
    until(folder.result.exists)
    damage(folder)
    supervisor.start_queued(supervisor.settle())
    run = supervisor.store.run(first.id)
    assert run.status in FINAL and run.reason == reason
    assert ended(supervisor, second).reason == "exit_code"
    supervisor.delete(first.id)
    assert not folder.path.exists()


def test_what_was_not_read_of_its_events_is_a_flag_of_the_run(supervisor: Supervisor) -> None:
    run = begin(supervisor, "trains")
    until(supervisor.folder(run).result.exists)
    _events_without_end(supervisor.folder(run))
    flags = {flag["flag"]: flag["detail"] for flag in ended(supervisor, run).flags}
    assert "bytes of events.jsonl" in flags["partly_read"]


def test_the_kind_of_a_run_is_that_of_its_row(supervisor: Supervisor) -> None:
    """A training whose spec.json calls it a command needs its adapter all the same."""
    run = begin(supervisor, "exits-0")
    folder = supervisor.folder(run)
    spec = json.loads(folder.spec.read_bytes())
    for kind in ({"kind": "command"}, {}):
        folder.spec.write_text(json.dumps({k: v for k, v in spec.items() if k != "kind"} | kind))
        assert asked_of(run, folder)["kind"] == "training"
    assert ended(supervisor, run).reason == "exit0_not_finished"
