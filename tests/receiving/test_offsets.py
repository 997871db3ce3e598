"""The offset rule, against a machine that loses, repeats and mixes up what is sent to it.

The oracle is the bytes that the sender has: whatever happens, what is here is their beginning, and
once the sender has been answered it is all of them.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.receiving.kit import MOMENT, a_spec

from lastwords.config import Config
from lastwords.folders import runfolder
from lastwords.folders.appending import Diverges, append
from lastwords.receiving.enrolling import enrol
from lastwords.receiving.opening import open_shipment
from lastwords.receiving.receiver import Receiver
from lastwords.receiving.refusals import Incomplete, Superseded
from lastwords.security.register import digest_of
from lastwords.shipping.wire import Batch, Malformed, Part, read_batch, write_batch
from lastwords.store import shipments
from lastwords.store.runs import Store
from lastwords.supervision.supervisor import Supervisor

STREAMS = ("output.log", "events.jsonl", "timeline")
UID = "6f2bc640-0000-4000-8000-000000000001"
some_bytes = st.binary(min_size=1, max_size=40)


class Shipping(RuleBasedStateMachine):
    """A sender with growing files, a wire that does what it likes, and a server that may die."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.config = Config(home=Path(self.folder.name) / "home", min_free=1)
        runfolder.make_home(self.config.home)
        self.sent = {name: b"" for name in STREAMS}
        self.under_way: list[Batch] = []
        self.start_server()
        enrol(self.store, "node")
        self.epoch, self.durable = 0, dict.fromkeys(STREAMS, 0)
        self.sealed = False
        self.open_anew()

    def start_server(self) -> None:
        self.store = Store(self.config.database)
        self.supervisor = Supervisor(self.config, self.store)
        self.receiver = Receiver(self.supervisor)
        self.receiver._pace.take = lambda *_: None  # type: ignore[method-assign]  # no clock here

    @property
    def kept(self) -> shipments.Shipment:
        found = shipments.shipment(self.store, UID)
        assert found
        return found

    @property
    def here(self) -> runfolder.AttemptFolder:
        return runfolder.attempt_folder(self.config.home, self.kept.run, 1)

    def bytes_here(self, name: str) -> bytes:
        path = self.here.path / name
        return path.read_bytes() if path.exists() else b""

    @rule()
    @precondition(lambda self: not self.sealed)
    def open_anew(self) -> None:
        """Another process of the sender takes over: what the one before has under way is void."""
        by = shipments.enrolment_named(self.store, "node")
        assert by
        asked = {"uid": UID, "spec": a_spec(), "host": {"name": "node7", "clock": MOMENT}}
        opened = open_shipment(self.supervisor, by, asked)
        assert opened.shipment.epoch == self.epoch + 1
        assert shipments.shipment_by_token(self.store, digest_of(opened.token))
        self.epoch = opened.shipment.epoch

    @rule(name=st.sampled_from(STREAMS), data=some_bytes)
    @precondition(lambda self: not self.sealed)
    def grow(self, name: str, data: bytes) -> None:
        self.sent[name] += data

    @rule(name=st.sampled_from(STREAMS), at=st.integers(0, 200), length=st.integers(1, 60))
    def put_under_way(self, name: str, at: int, length: int) -> None:
        """Any piece of what the sender has, whether it makes sense to send it or not."""
        if data := self.sent[name][at : at + length]:
            self.under_way.append(Batch(self.epoch, [Part(name, at, data)], {}, {}))

    @rule(which=st.integers(0, 99))
    @precondition(lambda self: self.under_way)
    def lose(self, which: int) -> None:
        self.under_way.pop(which % len(self.under_way))

    @rule(which=st.integers(0, 99), again=st.booleans())
    @precondition(lambda self: self.under_way)
    def deliver(self, which: int, again: bool) -> None:
        """One that is under way arrives, maybe to arrive once more; its answer may be lost."""
        number = which % len(self.under_way)
        batch = self.under_way[number] if again else self.under_way.pop(number)
        as_read = read_batch(b"".join(write_batch(batch)))
        if batch.epoch != self.epoch or self.sealed:
            with pytest.raises(Superseded):
                self.receiver.take(self.kept, as_read)
            return
        answer = self.receiver.take(self.kept, as_read)
        assert answer["diverged"] == []
        self.durable = {name: answer["durable"][name] for name in STREAMS}

    @rule(name=st.sampled_from(STREAMS), flip=st.integers(0, 200))
    @precondition(lambda self: not self.sealed)
    def send_other_bytes(self, name: str, flip: int) -> None:
        """What differs from what is here changes nothing, and is said to differ."""
        before = self.bytes_here(name)
        if before:
            at = flip % len(before)
            part = Part(name, at, bytes([before[at] ^ 1]) + b"more")
            batch = Batch(self.epoch, [part], {}, {})
            assert self.receiver.take(self.kept, batch)["diverged"] == [name]
            assert self.bytes_here(name) == before

    @rule()
    def restart_server(self) -> None:
        self.store.close()
        self.start_server()

    @rule(name=st.sampled_from(STREAMS), keep=st.integers(0, 200))
    @precondition(lambda self: not self.sealed)
    def lose_power(self, name: str, keep: int) -> None:
        """The server loses what was not forced onto its disk."""
        self.restart_server()
        kept = max(keep, self.durable[name])
        if len(self.bytes_here(name)) > kept:
            os.truncate(self.here.path / name, kept)

    @rule()
    def catch_up(self) -> None:
        """Ask where to go on, and go on there, until all is here."""
        if self.sealed:
            return
        told = self.receiver.positions(self.kept)["have"]
        parts = [Part(n, told[n], d[told[n] :]) for n, d in self.sent.items() if d[told[n] :]]
        have = self.receiver.take(self.kept, Batch(self.epoch, parts, {}, {}))["have"]
        assert {name: have[name] for name in STREAMS} == {n: len(d) for n, d in self.sent.items()}

    @rule()
    def end(self) -> None:
        import hashlib

        told = {n: (len(d), hashlib.sha256(d).hexdigest()) for n, d in self.sent.items()}
        result = {"finishedAt": MOMENT, "logBytes": 0, "exitCode": 0, "signal": None}
        whole = all(self.bytes_here(name) == data for name, data in self.sent.items())
        body = {"epoch": self.epoch, "result": result, "streams": told}
        if whole:
            self.receiver.end(self.kept, body)
            self.sealed = True
        else:
            with pytest.raises(Incomplete):
                self.receiver.end(self.kept, body)

    @invariant()
    def what_is_here_is_the_beginning_of_what_was_sent(self) -> None:
        for name, data in self.sent.items():
            assert data.startswith(self.bytes_here(name))
            assert len(self.bytes_here(name)) >= self.durable[name]
        assert not self.sealed or all(self.bytes_here(n) == d for n, d in self.sent.items())

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()


TestShipping = Shipping.TestCase
TestShipping.settings = settings(max_examples=30, stateful_step_count=40, deadline=None)


def test_a_file_with_bytes_missing_before_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "log"
    assert append(path, 0, b"abc") == 3
    assert append(path, 4, b"e") == 3
    assert append(path, 1, b"bcd") == 4
    with pytest.raises(Diverges):
        append(path, 2, b"xd")
    assert path.read_bytes() == b"abcd"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}\n",
        b"[]\n",
        b'{"epoch": 1, "parts": [["../etc/passwd", 0, 0, 0]]}\n',
        b'{"epoch": 1, "parts": [["output.log", 0, 5, 0]]}\nhello',
        b'{"epoch": 1, "parts": [["output.log", 0, 9, 907060870]]}\nhello',
        b'{"epoch": 1, "parts": [["output.log", -1, 5, 907060870]]}\nhello',
        b'{"epoch": 1, "parts": []}\nhello',
        b'{"epoch": 1, "parts": [], "facts": {"result": {}}}\n',
        b'{"epoch": true, "parts": []}\n',
        b'{"epoch": 1, "parts": [], "cut": {"spec.json": 1}}\n',
        b'{"epoch": 1, "parts": ' + b"[" * 5000 + b"\n",
        b" " * (1 << 19),
    ],
)
def test_a_malformed_batch_is_said_to_be_that(body: bytes) -> None:
    with pytest.raises((Malformed, RecursionError)):
        read_batch(body)
