"""The same error across runs: fingerprints, the groups made of them, notes and marks."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.api.test_runs import ended, failed, show, train
from tests.real import PREFIX, until
from tests.store.test_runs import row

from lastwords.cli.clients import LocalClient
from lastwords.config import Config
from lastwords.diagnosis import Ending, explain
from lastwords.diagnosis.fingerprint import SHARE, fingerprint, masked
from lastwords.records import now, timestamp
from lastwords.store import groups as group_rows
from lastwords.store.filters import Filters
from lastwords.store.runs import Store
from lastwords.supervision.supervisor import Supervisor

FAILURES = Path(__file__).parents[1] / "failures"
ALIKE = "a" * 40
OTHER = "b" * 40


def traceback(
    message: str,
    *,
    kind: str = "ValueError",
    file: str = "/home/ann/train.py",
    line: int = 12,
    function: str = "load",
) -> bytes:
    return (
        "Traceback (most recent call last):\n"
        f'  File "{file}", line {line + 40}, in <module>\n    main()\n'
        f'  File "{file}", line {line}, in {function}\n    work()\n'
        '  File "/usr/lib/python3.11/site-packages/torch/nn/linear.py", line 7, in forward\n'
        f"{kind}: {message}\n"
    ).encode()


def of(log: bytes, **ending: Any) -> str:
    """The fingerprint of a failed run's log."""
    explanation = explain(log, Ending(**{"status": "failed", "exit_code": 1, **ending}))
    span = explanation.error
    return fingerprint(explanation, log[span.start : span.end] if span else b"")


# --- fingerprints --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ("row 17 has no label", "row 4,096 has no label"),
        ("loss is -1.5e-3 at step 10", "loss is 2.25 at step 400"),
        ("cannot open /data/a/train.jsonl", "cannot open /tmp/tmpx1/other.jsonl"),
        ("cannot open data/train.jsonl: gone", "cannot open more/data/test.jsonl: gone"),
        (r"cannot open C:\data\a.csv", r"cannot open D:\b.csv"),
        ("the key 'label' is missing", "the key 'text' is missing"),
        ('bad value "two words" given', 'bad value "x" given'),
        ("<Model object at 0x7f12ab>", "<Model object at 0x55>"),
        (
            "run 0193f1c2-7d3e-4a5b-8c6d-1e2f3a4b5c6d failed",
            "run 7d0a3b1c-0000-4a5b-9c6d-ffffffffffff failed",
        ),
        ("commit 3fa9bc12 is unknown", "commit 00ab12de is unknown"),
        ("sample 7 is bad", "sample 1234567 is bad"),
        ("worker 3xk2p9qz left", "worker a8b1c2d3e left"),
        ("tried run_20261122_200934", "tried run_20260101_000000"),
        ("GET https://a.example/x?y=1 failed", "GET http://127.0.0.1:8000/ failed"),
        ("shape [2, 3] does not fit [4]", "shape [8, 16, 32] does not fit [1, 2]"),
        ("modules {'q', 'v'} not found", "modules {'query'} not found"),
        ("Tried to allocate 2.50 GiB. 812.00 MiB free", "Tried to allocate 20 MiB. 1.00 GiB free"),
    ],
)
def test_what_differs_from_run_to_run_does_not_make_another_error(one: str, another: str) -> None:
    assert of(traceback(one)) == of(traceback(another))


def test_an_edited_file_in_another_folder_makes_the_same_error() -> None:
    moved = traceback("no label", file="/srv/project/train.py", line=99)
    assert of(moved) == of(traceback("no label"))


@pytest.mark.parametrize(
    "log",
    [
        traceback("no label", kind="KeyError"),
        traceback("no label", function="save"),
        traceback("no label", file="/home/ann/evaluate.py"),
        traceback("no text"),
        b"no label\n",
    ],
)
def test_another_type_place_or_message_makes_another_error(log: bytes) -> None:
    assert of(log) != of(traceback("no label"))


def test_the_name_of_a_missing_module_tells_errors_apart() -> None:
    one, another = (
        of(traceback(f"No module named '{name}'", kind="ModuleNotFoundError"))
        for name in ("evaluate", "deepspeed.ops")
    )
    assert one != another


def test_frames_of_installed_code_do_not_count() -> None:
    log = traceback("no label")
    assert of(log.replace(b"in forward", b"in backward")) == of(log)


def test_a_rank_prefix_and_colours_do_not_count() -> None:
    log = traceback("no label")
    lanes = b"".join(b"[rank3]: " + line + b"\n" for line in log.splitlines())
    assert of(lanes) == of(log) == of(log.replace(b"ValueError", b"\x1b[31mValueError\x1b[0m"))


def test_without_a_traceback_cause_and_headline_count() -> None:
    one = of(b"", exit_code=None, signal="SIGKILL")
    assert one == of(b"step 9\n", exit_code=None, signal="SIGKILL")
    assert one != of(b"", exit_code=None, signal="SIGSEGV")


def test_a_message_of_any_number_of_like_lines_is_one() -> None:
    short, long = (
        "cannot be used:\n" + "\n".join(f"example {n}: {n * n} tokens" for n in range(count))
        for count in (2, 20_000)
    )
    assert of(traceback(short)) == of(traceback(long))


@pytest.mark.parametrize(
    "unit", [b"'", b'"', b"# ", b"a/", b"'a", b"a1", b"1.", b"-", b"0x", b"\\", b"1 , ", b"<id> "]
)
def test_a_huge_error_takes_no_longer_than_its_ends(unit: bytes) -> None:
    text = (unit * (20_000_000 // len(unit))).decode()
    begun = time.process_time()
    masked(text)
    assert time.process_time() - begun < 10


def test_what_lies_between_the_ends_of_a_huge_error_is_not_read() -> None:
    ends = ["alpha\n" * SHARE, "omega\n" * SHARE]
    assert masked("beta\n".join(ends)) == masked("gamma\n".join(ends)) == "alpha\nomega"


@settings(deadline=None)  # what is asked is whether it answers
@given(st.binary(max_size=2_000))
def test_any_bytes_have_a_fingerprint(tail: bytes) -> None:
    log = traceback("no label")[:-10] + tail
    assert len(of(log)) == 40 and of(log) == of(log)


def test_every_kept_failure_has_one_fingerprint() -> None:
    cases = sorted(FAILURES.glob("*/*/output.log"))[::5]
    assert cases
    for path in cases:
        log = path.read_bytes()
        assert of(log) == of(log) and len(of(log)) == 40


# --- groups in the store -------------------------------------------------------------------------


def _failed(number: int, known_as: str | None = ALIKE, minute: int | None = None) -> dict[str, Any]:
    at = f"2026-01-01T00:{minute if minute is not None else number:02d}:00.000Z"
    words = {"cause": "code.error", "title": "A bug", "headline": f"ValueError: {number}"}
    return row(number, "failed", finished_at=at, fingerprint=known_as, **words)


def _add(store: Store, *rows: dict[str, Any]) -> None:
    for each in rows:
        store.add_run(each)


def test_a_group_counts_its_runs_and_has_the_words_of_the_newest(store: Store) -> None:
    _add(store, _failed(1), _failed(2, OTHER), _failed(3), row(4, "completed"))
    group = group_rows.group(store, ALIKE)
    assert group is not None
    assert (group.count, group.headline, group.state) == (2, "ValueError: 3", "open")
    assert (group.first_seen[11:16], group.last_seen[11:16]) == ("00:01", "00:03")
    assert group.runs == [store.find("latest").id[:-1] + "3", store.find("latest").id[:-1] + "1"]


def test_groups_come_last_seen_first_a_page_at_a_time(store: Store) -> None:
    prints = [f"{number:040x}" for number in range(1, 8)]
    _add(store, *(_failed(n, p, minute=n // 2) for n, p in enumerate(prints, start=1)))
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = group_rows.page(store, 3, cursor)
        seen += [group.fingerprint for group in page.groups]
        if (cursor := page.next_cursor) is None:
            break
    assert seen == prints[::-1]


def test_a_resolved_group_comes_back_with_a_newer_run(store: Store) -> None:
    _add(store, _failed(1))
    resolved = group_rows.change(store, ALIKE, None, True)
    assert resolved and resolved.state == "resolved" and resolved.resolved_at
    _add(store, _failed(2))
    back = group_rows.group(store, ALIKE)
    assert back and back.state == "came back" and back.resolved_at == resolved.resolved_at
    again = group_rows.change(store, ALIKE, None, True)
    assert again and again.state == "resolved"
    reopened = group_rows.change(store, ALIKE, None, False)
    assert reopened and (reopened.state, reopened.resolved_at) == ("open", None)


def test_a_note_stays_when_the_mark_changes_and_when_all_runs_are_deleted(store: Store) -> None:
    _add(store, _failed(1))
    group_rows.change(store, ALIKE, "ask Ann: 数据", None)
    changed = group_rows.change(store, ALIKE, None, True)
    assert changed and changed.note == "ask Ann: 数据"
    store.remove_run(store.find("latest").id)
    assert group_rows.group(store, ALIKE) is None
    assert group_rows.change(store, ALIKE, "lost?", None) is None
    _add(store, _failed(2))
    found = group_rows.group(store, ALIKE)
    assert found and (found.note, found.state) == ("ask Ann: 数据", "came back")


def test_runs_are_narrowed_to_a_fingerprint(store: Store) -> None:
    _add(store, _failed(1), _failed(2, OTHER), _failed(3), _failed(4, None))
    page = store.page(Filters(fingerprint=ALIKE), 1)
    assert [run.number for run in page.runs] == [3] and page.next_cursor == "3"
    assert [run.number for run in store.page(Filters(fingerprint=ALIKE), 1, 3).runs] == [1]


def test_groups_of_a_hundred_thousand_failures_are_counted_from_the_index(store: Store) -> None:
    with store.db.atomic():
        store.db.table("runs").insert_all(
            (
                _failed(number, f"{number % 500:040x}", minute=number % 60)
                | {"command": "[]", "spec": "{}"}
                for number in range(1, 100_001)
            ),
            batch_size=5_000,
        )
    plan = store.db.execute(
        f"EXPLAIN QUERY PLAN {group_rows._COUNTED} GROUP BY fingerprint"
    ).fetchall()
    assert "COVERING INDEX runs_by_fingerprint" in str(plan)
    page = group_rows.page(store, 50)
    assert [group.count for group in page.groups] == [200] * 50
    assert all(len(group.runs) == 20 for group in page.groups)


def test_groups_are_found_sorted_and_narrowed_to_those_still_open(store: Store) -> None:
    prints = [f"{letter}" * 40 for letter in "abc"]
    for place, (print_, count, seconds) in enumerate(
        zip(prints, (1, 3, 2), (900, 5, 60), strict=True)
    ):
        for number in range(count):
            fact = _failed(10 * place + number + 1, print_, minute=place)
            _add(store, fact | {"seconds": seconds, "headline": f"ÄRGER {print_[0]}", "title": "x"})
    group_rows.change(store, prints[2], None, True, owner="Anna")

    def told(**wanted: Any) -> tuple[str, dict[str, int]]:
        found, cursor = "", None
        while True:
            page = group_rows.page(store, 2, cursor, group_rows.Wanted(**wanted))
            found += "".join(group.fingerprint[0] for group in page.groups)
            if (cursor := page.next_cursor) is None:
                return found, page.counts

    assert told() == ("cba", {"open": 2, "resolved": 1})
    assert told(sort="count")[0] == "bca"
    assert told(sort="lost")[0] == "acb"
    assert told(state="open") == ("ba", {"open": 2, "resolved": 1})
    assert told(state="resolved")[0] == "c"
    assert told(text="ärger B") == ("b", {"open": 1, "resolved": 0})
    assert told(text="anna") == ("c", {"open": 0, "resolved": 1})
    assert told(text="nothing")[0] == ""


def test_a_group_tells_how_often_it_was_seen_of_late_and_what_it_cost(store: Store) -> None:
    ages = (0.1, 0.2, 1.5, 13.5, 20)
    for number, days in enumerate(ages, start=1):
        moment = timestamp(now() - timedelta(days=days))
        _add(store, _failed(number) | {"finished_at": moment, "seconds": 60})
    found = group_rows.group(store, ALIKE)
    assert found and found.trend == [1, *[0] * 11, 1, 2]
    assert (found.count, found.seconds_lost) == (5, 300)


# --- groups of real runs, over HTTP --------------------------------------------------------------


def groups(client: FlaskClient, **query: str) -> list[dict[str, Any]]:
    answer = client.get(f"{PREFIX}/groups", query_string=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.get_json()["groups"]
    return found


def patch(client: FlaskClient, fingerprint: str, **change: Any) -> dict[str, Any]:
    answer = client.patch(f"{PREFIX}/groups/{fingerprint}", json=change)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def test_runs_that_fail_alike_are_one_group_and_name_each_other(
    client: FlaskClient, config: Config
) -> None:
    first, second = failed(client, "raises"), failed(client, "raises")
    other = failed(client, "exits-3")
    ended(client, train(client, "trains"))
    found = groups(client)
    assert [group["runs"] for group in found] == [[other], [second, first]]
    alike = found[1]
    assert (alike["count"], alike["state"], alike["note"]) == (2, "open", "")
    assert alike["headline"] == "ValueError: the example has no label"
    assert alike["fingerprint"] == show(client, first)["fingerprint"]
    diagnosis = client.get(f"{PREFIX}/runs/{first}/diagnosis").get_json()
    assert diagnosis["similar"] == [second]
    local = LocalClient(config)
    assert local.diagnosis(second)["similar"] == [first]
    local.store.close()
    listed = client.get(f"{PREFIX}/runs", query_string={"fingerprint": alike["fingerprint"]})
    assert [run["id"] for run in listed.get_json()["runs"]] == [second, first]
    assert client.get(f"{PREFIX}/groups/{alike['fingerprint']}").get_json() == alike


def test_a_resolved_error_comes_back_when_a_run_fails_with_it(client: FlaskClient) -> None:
    failed(client)
    (group,) = groups(client)
    changed = patch(client, group["fingerprint"], note="pad the batch", resolved=True)
    assert (changed["state"], changed["note"]) == ("resolved", "pad the batch")
    failed(client)
    (group,) = groups(client)
    assert (group["state"], group["count"], group["note"]) == ("came back", 2, "pad the batch")
    assert patch(client, group["fingerprint"], resolved=False)["state"] == "open"


def test_a_retry_that_fails_again_brings_a_resolved_error_back(client: FlaskClient) -> None:
    run_id = failed(client)
    fingerprint = show(client, run_id)["fingerprint"]
    patch(client, fingerprint, resolved=True)
    assert client.post(f"{PREFIX}/runs/{run_id}/retry").status_code == 202
    until(lambda: show(client, run_id)["attempt"] == 2)
    ended(client, run_id)
    (group,) = groups(client)
    assert (group["state"], group["count"], group["runs"]) == ("came back", 1, [run_id])


def test_completed_and_cancelled_runs_have_no_fingerprint(client: FlaskClient) -> None:
    completed = ended(client, train(client, "trains"))
    run_id = train(client, "hangs")
    until(lambda: show(client, run_id)["status"] == "running")
    client.post(f"{PREFIX}/runs/{run_id}/cancel")
    cancelled = ended(client, run_id)
    assert cancelled["status"] == "cancelled"
    assert completed["fingerprint"] is None and cancelled["fingerprint"] is None
    assert groups(client) == []


@pytest.mark.parametrize(
    ("path", "change", "status"),
    [
        (f"/groups/{ALIKE}", {"note": "x"}, 404),
        ("/groups/nonsense", {"resolved": True}, 404),
        (f"/groups/{ALIKE}", {"note": "x" * 10_001}, 422),
        (f"/groups/{ALIKE}", {"note": 3}, 422),
        (f"/groups/{ALIKE}", {"note": "\ud800"}, 422),
        (f"/groups/{ALIKE}", {"state": "resolved"}, 422),
        (f"/groups/{ALIKE}", [], 422),
    ],
)
def test_a_change_that_cannot_be_is_refused_in_words(
    client: FlaskClient, path: str, change: Any, status: int
) -> None:
    answer = client.patch(PREFIX + path, json=change)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")


@pytest.mark.parametrize("query", ["cursor=1", "limit=0", "cursor=x_y", "state=ajar", "sort=age"])
def test_a_query_of_groups_that_cannot_be_is_refused(client: FlaskClient, query: str) -> None:
    assert client.get(f"{PREFIX}/groups?{query}").status_code == 422


def test_runs_of_before_get_their_fingerprint_when_they_are_shown(
    client: FlaskClient, supervisor: Supervisor, store: Store
) -> None:
    run_id = failed(client)
    fingerprint = show(client, run_id)["fingerprint"]
    store.update_facts(run_id, 1, {"fingerprint": None, "rules_version": 0})
    assert show(client, run_id)["fingerprint"] == fingerprint
