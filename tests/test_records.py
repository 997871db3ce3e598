"""The nouns: statuses, ids, times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from lastwords.records import (
    FINAL,
    TRANSITIONS,
    InvalidSpec,
    Status,
    is_run_id,
    parse_timestamp,
    timestamp,
    timestamp_from_unix,
)


def test_every_status_has_its_transitions() -> None:
    assert set(TRANSITIONS) == set(Status)


def test_a_final_status_leads_nowhere() -> None:
    assert all(not TRANSITIONS[status] for status in FINAL)


def test_a_running_run_can_only_end() -> None:
    assert TRANSITIONS[Status.RUNNING] == FINAL


@pytest.mark.parametrize("text", ["run_20260101_000000", "run_20260101_000000_12"])
def test_a_run_id_is_known_by_its_form(text: str) -> None:
    assert is_run_id(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "run_20260101_000000/..",
        "run_20260101_000000\n",
        "run_2026_1",
        "RUN_1",
        "a\0b",
    ],
)
def test_anything_else_is_no_run_id(text: str) -> None:
    assert not is_run_id(text)


def test_times_are_utc_with_milliseconds_whatever_their_zone() -> None:
    moment = datetime(2026, 11, 22, 21, 14, 2, 123_999, timezone(timedelta(hours=1)))
    assert timestamp(moment) == "2026-11-22T20:14:02.123Z"


def test_times_can_be_read_back() -> None:
    moment = datetime(2026, 11, 22, 20, 14, 2, 123_000, UTC)
    assert parse_timestamp(timestamp(moment)) == moment


def test_a_unix_time_becomes_a_timestamp() -> None:
    assert timestamp_from_unix(0.25) == "1970-01-01T00:00:00.250Z"
    for beyond in (1e300, float("inf"), float("nan"), -1e300):
        assert timestamp_from_unix(beyond) == "9999-12-31T23:59:59.000Z"


def test_an_invalid_spec_names_its_field() -> None:
    error = InvalidSpec("epochs", "must be between 1 and 1,000, not 0")
    assert (error.field, str(error)) == ("epochs", "epochs: must be between 1 and 1,000, not 0")
