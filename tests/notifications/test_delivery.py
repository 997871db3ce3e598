"""The end of a run reaches those whom the configuration names, and nobody else."""

from __future__ import annotations

import hashlib
import hmac
import json
import smtplib
import sys
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from tests.conftest import TOKEN
from tests.notifications.conftest import SECRET, Receiver, letters
from tests.real import Server, until

from lastwords.config import Config
from lastwords.notifications import Delivery, channels, outbox, post
from lastwords.records import Run
from lastwords.security.audit import Audit
from lastwords.store.runs import Store
from lastwords.supervision.supervisor import Supervisor


def _sent(config: Config, run: Run) -> outbox.Letter:
    return outbox.to_send(config, outbox._letter(run))


def test_where_nothing_is_configured_the_leading_server_takes_every_letter_away(
    config: Config, ended: Run
) -> None:
    post(config, ended)
    assert len(letters(config)) == 1
    delivery = Delivery(config)
    delivery.ensure_started()
    assert not letters(config) and delivery._thread is None


def test_only_the_endings_that_are_asked_for_are_told(
    config: Config, ended: Run, receiver: Receiver
) -> None:
    asked = replace(config, notify_webhook=receiver.url, notify_on=("failed",))
    post(asked, ended)
    Delivery(asked).deliver()
    assert not receiver.came and not letters(asked)
    post(asked, ended)
    Delivery(replace(asked, notify_on=("cancelled",))).deliver()
    assert len(receiver.came) == 1


def test_a_webhook_gets_the_facts_signed_and_masked(
    config: Config, ended: Run, receiver: Receiver
) -> None:
    config = replace(config, notify_webhook=receiver.url, notify_webhook_secret="key-of-the-hook")
    post(config, ended)
    Delivery(config).deliver()
    ((path, headers, body),) = receiver.came
    assert path == "/hook?room=ops" and not letters(config)
    letter = json.loads(body)
    assert letter["event"] == "run.ended" and letter["id"] == headers["X-Lastwords-Delivery"]
    assert (letter["run"]["id"], letter["run"]["status"]) == (ended.id, "cancelled")
    assert letter["run"]["name"] == "with ***�[2J"
    moment, _, given = headers["X-Lastwords-Signature"].partition(",v1=")
    signed = f"{moment.removeprefix('t=')}.".encode() + body
    assert hmac.compare_digest(hmac.digest(b"key-of-the-hook", signed, hashlib.sha256).hex(), given)


def test_a_webhook_that_fails_is_tried_again_and_every_try_is_in_the_audit(
    config: Config, ended: Run, receiver: Receiver
) -> None:
    config = replace(config, notify_webhook=receiver.url)
    receiver.answers = [(500, {}), (503, {})]
    post(config, ended)
    delivery = Delivery(config, first_pause=0.0)
    for _ in range(4):
        delivery.deliver()
    assert len(receiver.came) == 3 and not letters(config)
    told = [(entry.action, entry.outcome) for entry in Audit(config).page(10).entries]
    assert told == [("notify by webhook", "ok")] + [("notify by webhook", "undelivered")] * 2


def test_it_is_tried_later_and_later_and_given_up_in_the_end(
    config: Config, ended: Run, receiver: Receiver
) -> None:
    config = replace(config, notify_webhook=receiver.url)
    receiver.answers = [(500, {})] * 50
    post(config, ended)
    patient = Delivery(config, first_pause=3600.0)
    patient.deliver()
    patient.deliver()
    assert len(receiver.came) == 1 and "next try in 3600 s" in _last_detail(config)
    (config.home / "outbox" / f"{ended.id}-1.tries").unlink()
    for _ in range(20):
        Delivery(config, first_pause=0.0).deliver()
    assert len(receiver.came) == 11 and "given up" in _last_detail(config) and not letters(config)


def _last_detail(config: Config) -> str:
    return Audit(config).page(1).entries[0].detail or ""


def test_a_redirect_is_not_followed(config: Config, ended: Run, receiver: Receiver) -> None:
    other = Receiver()
    try:
        receiver.answers = [(307, {"Location": other.url}), (302, {"Location": other.url})]
        letter = _sent(config, ended)
        for _ in range(2):
            with pytest.raises(channels.Undelivered, match="30"):
                channels.send_to_webhook(replace(config, notify_webhook=receiver.url), letter)
        assert other.came == []
    finally:
        other.close()


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://x/",
        "http:///x",
        "http://[",
        "gopher:x",
        "http://127.0.0.1:1/",
        "http://127.0.0.1:99999/",
        "http://h/ x\r\ny",
    ],
)
def test_an_address_that_is_none_is_undelivered_and_says_no_secret(
    config: Config, ended: Run, url: str
) -> None:
    with pytest.raises(channels.Undelivered) as refusal:
        channels.send_to_webhook(replace(config, notify_webhook=url), _sent(config, ended))
    assert url not in str(refusal.value)


def test_a_command_gets_the_facts_on_stdin_and_no_shell(
    config: Config, ended: Run, tmp_path: Path
) -> None:
    code = (
        "import json, os, sys, pathlib; letter = json.load(sys.stdin); "
        "pathlib.Path(sys.argv[1]).write_text(letter['run']['id'] + repr(sorted(os.environ)))"
    )
    target = tmp_path / "it; touch pwned"
    config = replace(config, notify_command=(sys.executable, "-c", code, str(target)))
    post(config, ended)
    Delivery(config).deliver()
    text = target.read_text()
    assert text.startswith(ended.id)
    assert "LASTWORDS_STATUS" in text and "LASTWORDS_TOKEN" not in text
    assert not (tmp_path / "pwned").exists() and not letters(config)


@pytest.mark.parametrize(
    "command", [("/nothing/here",), (sys.executable, "-c", "raise SystemExit(3)")]
)
def test_a_command_that_fails_is_undelivered(
    config: Config, ended: Run, command: tuple[str, ...]
) -> None:
    with pytest.raises(channels.Undelivered):
        channels.run_command(replace(config, notify_command=command), _sent(config, ended))


class Postbox:
    """A mail server that keeps what it gets."""

    def __init__(self) -> None:
        self.mails: list[Any] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append((envelope.rcpt_tos, envelope.content))
        return "250 OK"


@pytest.fixture
def postbox() -> Iterator[tuple[Postbox, int]]:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    box = Postbox()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


def test_a_mail_goes_to_the_named_addresses_and_no_name_makes_a_header(
    config: Config, store: Store, supervisor: Supervisor, postbox: tuple[Postbox, int]
) -> None:
    box, port = postbox
    run = supervisor.create({"name": "x"}, "a test")
    run = replace(
        supervisor.cancel(run.id, "a test"), name="n\r\nBcc: evil@evil.example", headline="Ω"
    )
    config = replace(config, notify_email=("ops@example.org", "me@example.org"),
                     notify_smtp=f"smtp://127.0.0.1:{port}")  # fmt: skip
    post(config, run)
    Delivery(config).deliver()
    ((to, content),) = box.mails
    mail = message_from_bytes(content, policy=default)
    assert to == ["ops@example.org", "me@example.org"] and "Bcc" not in mail
    assert run.id in str(mail["Subject"]) and "cancelled" in str(mail["Subject"])
    assert f"id: {run.id}" in mail.get_content() and not letters(config)


def test_a_password_is_not_sent_to_another_machine_without_encryption(
    config: Config, ended: Run, postbox: tuple[Postbox, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, port = postbox
    monkeypatch.setattr(channels, "is_loopback", lambda _: False)
    sent: list[str] = []
    monkeypatch.setattr(smtplib.SMTP, "login", lambda *_: sent.append("login"))
    config = replace(config, notify_email=("ops@example.org",),
                     notify_smtp=f"smtp://me:password@127.0.0.1:{port}")  # fmt: skip
    with pytest.raises(channels.Undelivered, match="no encryption"):
        channels.send_mail(config, _sent(config, ended))
    assert sent == []


def test_a_failed_run_of_a_real_server_is_told_after_its_receiver_came_back(
    home: Path, receiver: Receiver
) -> None:
    """The run is settled long before its letter arrives; the second try brings it."""
    (home / "lastwords.toml").write_text('[defaults]\ndataFile = "data.jsonl"\n')
    child = " ".join([sys.executable, str(Path(__file__).parents[1] / "child.py")])
    receiver.answers = [(500, {})]
    server = Server(home, {"LASTWORDS_TOKEN": TOKEN, "LASTWORDS_TRAINER_COMMAND": child,
                           "LASTWORDS_NOTIFY_WEBHOOK": receiver.url}).start()  # fmt: skip
    try:
        run_id = server.train("exits-3")
        assert server.ended(run_id)["status"] == "failed"
        until(lambda: len(receiver.came) == 2)
        first, second = (json.loads(body) for _, _, body in receiver.came)
        assert first == second and first["run"]["id"] == run_id and first["run"]["exitCode"] == 3
        until(lambda: not list((home / "outbox").iterdir()))
        assert TOKEN.encode() not in receiver.came[0][2]
        assert server.run(run_id)["status"] == "failed"
    finally:
        server.end()


def test_a_notification_says_what_changed_and_no_secret_of_it(
    config: Config, ended: Run, receiver: Receiver
) -> None:
    config = replace(config, notify_webhook=receiver.url)
    post(config, ended)
    said = {ended.id: f"Since then: --token {SECRET} is new · train.py +1 −1"}
    Delivery(config, changes=lambda run_id, _attempt: said.get(run_id)).deliver()
    ((_, _, body),) = receiver.came
    told = json.loads(body)["run"]["changes"]
    assert told == "Since then: --token *** is new · train.py +1 −1"
