"""A run of another machine, from its first word to its status."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from tests.real import until
from tests.receiving.kit import MOMENT, Sender, a_result, a_sender, a_spec
from werkzeug.test import TestResponse

from lastwords.api.unheard import Unheard
from lastwords.config import Config
from lastwords.executors import shipped
from lastwords.records import StoreUnavailable
from lastwords.shipping.wire import PREFIX, Part
from lastwords.store import shipments
from lastwords.store.filters import Filters
from lastwords.store.runs import Store
from lastwords.supervision.contact import watch_contact
from lastwords.supervision.reconcile import reconcile
from lastwords.supervision.supervisor import Supervisor

FAILURE = b"""step 1
Traceback (most recent call last):
  File "/srv/there/train.py", line 3, in <module>
    raise ValueError("the rows are gone")
ValueError: the rows are gone
"""


def shown(client: FlaskClient, run: str) -> dict[str, Any]:
    answer = client.get(f"{PREFIX}/runs/{run}")
    assert answer.status_code == 200, answer.data
    return answer.json or {}


def settled(client: FlaskClient, run: str, supervisor: Supervisor) -> dict[str, Any]:
    supervisor.settle()
    return shown(client, run)


def test_a_run_is_listed_at_once_with_its_machine(client: FlaskClient, sender: Sender) -> None:
    run = shown(client, sender.opened["run"])
    assert (run["status"], run["host"], run["triggeredBy"]) == ("running", "node7", "colab")
    assert run["createdAt"] == MOMENT and run["contactAt"] and run["outOfContact"] is False
    assert client.get(f"{PREFIX}/runs?q=flag:out_of_contact").json["runs"] == []  # type: ignore[index]


def test_a_server_that_died_as_it_listed_a_run_lists_no_second_one(
    anonymous: FlaskClient, client: FlaskClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender = a_sender(anonymous, store)
    with monkeypatch.context() as patched:

        def dies(*_: object) -> None:
            raise StoreUnavailable("as good as killed")

        patched.setattr(shipments, "keep_shipment", dies)
        assert sender.open().status_code == 503
    first = client.get(f"{PREFIX}/runs").json["runs"][0]["id"]  # type: ignore[index]
    assert sender.open().json["run"] == first  # type: ignore[index]
    other = Sender(anonymous, sender.enrol_token)
    assert other.open().json["run"] != first  # type: ignore[index]
    assert client.get(f"{PREFIX}/runs").json["counts"]["running"] == 2  # type: ignore[index]


def test_its_end_is_judged_and_explained_as_that_of_a_run_of_this_machine(
    client: FlaskClient, sender: Sender, supervisor: Supervisor
) -> None:
    assert sender.send(Part("output.log", 0, FAILURE)).json["have"]["output.log"] == len(FAILURE)  # type: ignore[index]
    assert sender.end({"output.log": FAILURE}, a_result(exitCode=1)).status_code == 200
    run = settled(client, sender.opened["run"], supervisor)
    assert (run["status"], run["exitCode"], run["cause"]) == ("failed", 1, "code.error")
    assert run["headline"] == "ValueError: the rows are gone"
    run_id = run["id"]
    assert client.get(f"{PREFIX}/runs/{run_id}/log", buffered=True).data == FAILURE
    assert client.get(f"{PREFIX}/runs/{run_id}/log/search?q=rows").json["total"] == 2  # type: ignore[index]
    assert b"the rows are gone" in client.get(f"{PREFIX}/runs/{run_id}/report.md").data
    assert client.post(f"{PREFIX}/runs/{run_id}/retry").status_code == 409


def test_an_end_without_all_bytes_or_with_others_is_refused_and_says_where_to_go_on(
    sender: Sender,
) -> None:
    sender.send(Part("output.log", 0, b"hello"))
    short = sender.end({"output.log": b"hello world"}, a_result())
    assert short.status_code == 409 and short.json["have"]["output.log"] == 5  # type: ignore[index]
    other = sender.end({"output.log": b"hallo"}, a_result())
    assert (other.status_code, other.json["type"]) == (422, "/problems/shipment-differs")  # type: ignore[index]
    assert sender.end({"output.log": b"hello"}, a_result()).status_code == 200
    assert sender.end({"output.log": b"hello"}, a_result()).status_code == 200
    assert sender.send(Part("output.log", 5, b"more")).status_code == 409


def test_what_it_had_to_write_is_proved_where_it_ran(
    client: FlaskClient, sender: Sender, supervisor: Supervisor
) -> None:
    told = {"reason": "expected_missing", "detail": "Exit code 0, but out.txt is missing."}
    sender.end({}, a_result(), proved=told)
    run = settled(client, sender.opened["run"], supervisor)
    assert (run["status"], run["reason"]) == ("failed", "expected_missing")


def test_a_training_whose_adapter_nobody_checked_is_not_completed(
    client: FlaskClient, anonymous: FlaskClient, store: Store, supervisor: Supervisor
) -> None:
    sender = a_sender(anonymous, store)
    sender.open(spec=a_spec(kind="training"))
    sender.end({}, a_result())
    assert settled(client, sender.opened["run"], supervisor)["reason"] == "exit0_no_adapter"


def test_silence_is_no_verdict_but_a_flag_which_goes_with_the_next_word(
    client: FlaskClient, sender: Sender, supervisor: Supervisor, config: Config
) -> None:
    run, folder = sender.opened["run"], sender.folder(config)
    _listened_for(config, 3600)
    heard = time.time() - 1000
    os.utime(folder.contact, (heard, heard))
    reconciled = reconcile(config)
    assert reconciled.known == 1
    found = settled(client, run, supervisor)
    assert found["status"] == "running" and found["outOfContact"] is True
    (flag,) = found["flags"]
    assert flag["flag"] == "out_of_contact" and flag["since"] == found["contactAt"]
    page = client.get(f"{PREFIX}/runs?q=flag:out_of_contact").json
    assert [item["id"] for item in page["runs"]] == [run]  # type: ignore[index]
    moment = 0.0
    unheard = Unheard(supervisor.store, lambda: moment)
    assert unheard.count(Filters()) == 1 and unheard.count(Filters(text="exit:9")) == 0
    sender.send()
    assert settled(client, run, supervisor)["flags"] == []
    moment = 0.9
    assert unheard.count(Filters()) == 1, "counted once a second"
    moment = 1.0
    assert unheard.count(Filters()) == 0


def test_how_much_of_a_log_is_still_to_come_is_told(client: FlaskClient, sender: Sender) -> None:
    run = sender.opened["run"]
    sender.send(Part("output.log", 0, b"12345"), behind=7_000_000)
    found = shown(client, run)
    assert (found["shippedBytes"], found["logBytes"]) == (5, 7_000_005)
    assert sender.send(behind=-1).status_code == 400
    sender.send()
    assert shown(client, run)["logBytes"] == 5


def test_a_server_that_was_away_waits_before_it_calls_anybody_out_of_contact(
    sender: Sender, config: Config
) -> None:
    folder = sender.folder(config)
    os.utime(folder.contact, (1, 1))
    _listened_for(config, 30)
    assert shipped.out_of_contact_since(folder) is None
    _listened_for(config, 61)
    assert shipped.out_of_contact_since(folder) == 1


def test_a_long_silence_and_its_end_are_told_once_each(
    sender: Sender, supervisor: Supervisor, config: Config, store: Store
) -> None:
    folder, outbox = sender.folder(config), config.home / "outbox"
    running = [store.run(sender.opened["run"])]
    _listened_for(config, 3600)
    os.utime(folder.contact, (1, 1))
    for _ in range(2):
        watch_contact(config, running, supervisor.folder)
    assert [path.name for path in outbox.iterdir()] == [f"{running[0].id}-1-contact_lost.json"]
    shipped.hear(folder)
    for _ in range(2):
        watch_contact(config, running, supervisor.folder)
    assert len(list(outbox.iterdir())) == 2


def _listened_for(config: Config, seconds: float) -> None:
    """Have it that a server listens for so long; the app's own watch has begun to."""
    until((config.home / "listening").exists)
    draft = config.home / "listening.test"
    draft.write_text(f"{time.time() - seconds}\n")
    draft.replace(config.home / "listening")  # at no time without a word: the server looks at it


def test_a_run_is_rebuilt_from_its_folder_with_its_machine(
    sender: Sender, store: Store, config: Config
) -> None:
    store.close()
    config.database.unlink()
    assert reconcile(config).added == 1
    found = Store(config.database).run(sender.opened["run"])
    assert (found.status, found.host, found.kind) == ("running", "node7", "command")


def test_a_stop_rides_on_the_next_answer(client: FlaskClient, sender: Sender) -> None:
    assert sender.send().json["stop"] is None  # type: ignore[index]
    assert client.post(f"{PREFIX}/runs/{sender.opened['run']}/cancel").status_code == 202
    stop = sender.send().json["stop"]  # type: ignore[index]
    assert (stop["by"], stop["reason"]) == ("api", "stopped_by_user")


def test_the_same_number_opens_the_same_run_and_ends_the_epoch_before(
    client: FlaskClient, sender: Sender
) -> None:
    before = dict(sender.opened)
    again = Sender(sender.client, sender.enrol_token, sender.uid)
    again.open()
    assert again.opened["run"] == before["run"] and again.opened["epoch"] == 2
    assert sender.send(Part("output.log", 0, b"old")).status_code == 409
    assert again.send(Part("output.log", 0, b"new")).status_code == 200
    assert len(client.get(f"{PREFIX}/runs").json["runs"]) == 1  # type: ignore[index]


def test_who_comes_back_after_being_called_lost_is_a_late_attempt_with_its_true_end(
    client: FlaskClient, sender: Sender, supervisor: Supervisor, config: Config
) -> None:
    run = sender.opened["run"]
    sender.send(Part("output.log", 0, b"hello "))
    assert client.post(f"{PREFIX}/runs/{run}/lost").json["status"] == "lost"  # type: ignore[index]
    assert sender.send(Part("output.log", 6, b"world\n")).json["have"]["output.log"] == 12  # type: ignore[index]
    assert shown(client, run)["status"] == "running"
    assert sender.end({"output.log": b"hello world\n"}, a_result()).status_code == 200
    found = settled(client, run, supervisor)
    assert (found["status"], found["attempt"]) == ("completed", 2)
    earlier, later = found["attempts"]
    assert (earlier["status"], later["status"]) == ("lost", "completed")
    assert sender.folder(config, 1).log.read_bytes() == b"hello "
    assert sender.folder(config, 2).log.read_bytes() == b"hello world\n"
    first = supervisor.earlier_attempt(supervisor.store.run(run), 1)
    assert "came_back" in {flag["flag"] for flag in first.flags}


def test_a_run_that_was_deleted_here_is_told_to_be_gone(
    client: FlaskClient, sender: Sender
) -> None:
    run = sender.opened["run"]
    client.post(f"{PREFIX}/runs/{run}/lost")
    assert client.delete(f"{PREFIX}/runs/{run}").status_code == 204
    assert sender.send(Part("output.log", 0, b"x")).status_code == 410
    assert sender.open().status_code == 410


def test_other_versions_of_the_protocol_are_told_which_is_spoken(sender: Sender) -> None:
    answer = sender.post(b"", **{"Lastwords-Protocol": "2"})
    assert answer.status_code == 426 and answer.json["versions"] == ["1"]  # type: ignore[index]


@pytest.mark.parametrize("asked", ["open", "batch", "positions", "end", "artifacts", "file"])
def test_a_run_whose_folder_was_deleted_by_hand_is_gone_too(
    sender: Sender, config: Config, asked: str
) -> None:
    token, path = sender.opened["token"], f"{sender.path}/artifacts"
    announced = {"artifacts": [{"path": "a", "bytes": 1, "sha256": "0" * 64}]}
    ask: dict[str, Callable[[], TestResponse]] = {
        "open": sender.open,
        "batch": sender.send,
        "positions": sender.positions,
        "end": lambda: sender.end({}, a_result()),
        "artifacts": lambda: sender.ask("POST", path, token, json=announced),
        "file": lambda: sender.ask("PUT", f"{path}/a", token, headers={"Upload-Offset": "0"}),
    }
    shutil.rmtree(sender.folder(config).path.parent)
    answer = ask[asked]()
    assert (answer.status_code, answer.json["type"]) == (410, "/problems/run-deleted")  # type: ignore[index]
