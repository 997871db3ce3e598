"""How much a token, an attempt and this disk take; who is over a limit is told so."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from tests.receiving.kit import Sender, a_result, a_sender

from lastwords.config import Config
from lastwords.receiving import limits
from lastwords.receiving.enrolling import enrol
from lastwords.receiving.limits import Pace
from lastwords.receiving.refusals import TooOften
from lastwords.shipping.wire import PREFIX, Part
from lastwords.store import shipments
from lastwords.store.runs import Store


def test_a_token_has_limits_on_runs_and_bytes(
    anonymous: FlaskClient, store: Store, config: Config
) -> None:
    few = a_sender(anonymous, store, "few", max_runs=1, max_bytes=1000)
    assert few.open().status_code == 201
    assert few.send(Part("output.log", 0, bytes(900))).status_code == 200
    assert few.send(Part("output.log", 900, bytes(200))).status_code == 413
    again = Sender(anonymous, few.enrol_token)
    assert again.open().status_code == 413
    assert few.open().status_code == 201, "the same run may be gone on with"


def test_a_token_has_a_limit_on_open_runs(
    anonymous: FlaskClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "OPEN_SHIPMENTS", 1)
    sender = a_sender(anonymous, store)
    sender.open()
    other = Sender(anonymous, sender.enrol_token)
    assert other.open().status_code == 413
    assert sender.end({}, a_result()).status_code == 200
    assert other.open().status_code == 201


def test_runs_that_are_over_without_an_end_count_no_more(
    anonymous: FlaskClient, client: FlaskClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "OPEN_SHIPMENTS", 2)
    token = a_sender(anonymous, store).enrol_token
    senders = [Sender(anonymous, token) for _ in range(3)]
    for sender in senders[:2]:
        assert sender.open().status_code == 201
        given_up = client.post(f"{PREFIX}/runs/{sender.opened['run']}/lost")
        assert (given_up.status_code, given_up.json["status"]) == (200, "lost")  # type: ignore[index]
    assert client.delete(f"{PREFIX}/runs/{senders[0].opened['run']}").status_code == 204
    assert senders[2].open().status_code == 201
    assert senders[1].send(Part("output.log", 0, b"x")).status_code == 200, "it came back"
    assert Sender(anonymous, token).open().status_code == 413


def test_a_revoked_or_expired_token_sends_no_more(sender: Sender, store: Store) -> None:
    assert sender.send(Part("output.log", 0, b"x")).status_code == 200
    shipments.revoke(store, "colab")
    for answer in (sender.send(Part("output.log", 1, b"y")), sender.open()):
        assert (answer.status_code, answer.json["type"]) == (401, "/problems/token-void")  # type: ignore[index]
    late = Sender(sender.client, enrol(store, "late", days=-1))
    assert late.open().status_code == 401


def test_the_disk_keeps_its_room_while_the_page_goes_on(
    sender: Sender, client: FlaskClient, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "_FLOOR", 1 << 60)
    answer = sender.send(Part("output.log", 0, b"x"))
    assert answer.status_code == 507 and int(answer.headers["Retry-After"]) > 0
    assert not sender.folder(config).log.exists()
    assert sender.send().status_code == 200, "that it lives can still be said"
    assert Sender(sender.client, sender.enrol_token).open().status_code == 507
    assert client.get(f"{PREFIX}/runs").status_code == 200


def test_small_batches_are_paced_and_large_ones_are_not() -> None:
    moment = 0.0
    pace = Pace(lambda: moment)
    for _ in range(20):
        pace.take("a", 10)
    with pytest.raises(TooOften):
        pace.take("a", 10)
    pace.take("b", 10)
    for _ in range(100):
        pace.take("a", 1 << 20)
    moment = 1.0
    for _ in range(3):
        pace.take("a", 10)
