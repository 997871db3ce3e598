"""Flags: what holds of a run while it lives, and what stays said of one that has ended."""

from __future__ import annotations

from typing import Any

import pytest
from tests.real import until

from lastwords.recording import notices
from lastwords.supervision import flags
from lastwords.supervision.supervisor import Supervisor

T = "2026-01-01T00:00:0{}.000Z"


def told(*names: str) -> list[dict[str, Any]]:
    """Notices of these names, a second apart."""
    return [
        {"time": T.format(at), "notice": name, "detail": f"{name} {at}"}
        for at, name in enumerate(names)
    ]


@pytest.mark.parametrize(
    ("notices", "held"),
    [
        ([], []),
        (["stalled"], ["stalled"]),
        (["stalled", "stall_over"], []),
        (["stalled", "stall_over", "stalled"], ["stalled"]),
        (["stopped_by_signal", "stalled", "continued"], ["stalled"]),
        (["stack_dump", "something new"], []),
        (["adopted", "orphans_killed"], ["adopted", "orphans_killed"]),
    ],
)
def test_what_is_over_holds_no_more(notices: list[str], held: list[str]) -> None:
    assert [flag["flag"] for flag in flags.holding(told(*notices))] == held


def test_a_flag_that_is_told_again_holds_since_the_first_time() -> None:
    (flag,) = flags.holding(told("disk_low", "disk_low"))
    assert flag == {"flag": "disk_low", "since": T.format(0), "detail": "disk_low 1"}


@pytest.mark.parametrize(
    "notice", [{}, {"notice": "stalled"}, {"notice": "stalled", "time": "yesterday"}, {"time": 5}]
)
def test_what_is_no_notice_is_no_flag(notice: dict[str, Any]) -> None:
    assert flags.holding([notice]) == []


def test_a_detail_has_its_length() -> None:
    notice = told("stalled")[0] | {"detail": "x" * 10_000}
    assert len(flags.holding([notice])[0]["detail"]) == flags.MOST_TEXT


def test_an_ended_run_keeps_what_still_matters() -> None:
    result = {"finishedAt": T.format(9), "logGap": True, "adopted": True, "orphansKilled": 2}
    kept = flags.lasting(told("stalled", "adopted", "log_quota"), result)
    names = [flag["flag"] for flag in kept]
    assert names == ["adopted", "log_quota", "log_gap", "orphans_killed"]
    assert kept[0]["since"] == T.format(1) and kept[2]["since"] == T.format(9)


@pytest.mark.parametrize(
    ("result", "size"),
    [({"logQuota": {"limitBytes": 20_000}}, "20,000 bytes"), ({}, "its limit")],
)
def test_an_ended_run_is_not_said_to_be_paused(result: dict[str, Any], size: str) -> None:
    (flag,) = flags.lasting(told("log_quota"), {"finishedAt": T.format(9), **result})
    assert flag["detail"] == f"The log exceeded {size}."


def test_a_running_run_shows_its_flags_and_a_retry_begins_without(supervisor: Supervisor) -> None:
    run = supervisor.create({"baseModel": "hangs"}, "a test")
    supervisor.start_queued()
    folder = supervisor.folder(run)
    notices.tell(folder, "disk_low", "Little room is left.")
    notices.tell(folder, "log_reserve_used", "The log wrote into its reserve.")
    supervisor.settle()
    held = {flag["flag"] for flag in supervisor.store.run(run.id).flags}
    assert held == {"disk_low", "log_reserve_used"}
    supervisor.cancel(run.id, "a test")
    until(lambda: supervisor.settle() == [])
    (kept,) = supervisor.store.run(run.id).flags
    assert kept["flag"] == "log_reserve_used"
    assert supervisor.retry(run.id).flags == []
    earlier = supervisor.earlier_attempt(supervisor.store.run(run.id), 1)
    assert [flag["flag"] for flag in earlier.flags] == ["log_reserve_used"]
