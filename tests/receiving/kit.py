"""A sender of the tests: what a worker says, request by request, through a real app."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lastwords.config import Config
from lastwords.folders import runfolder
from lastwords.folders.runfolder import AttemptFolder
from lastwords.receiving.enrolling import enrol
from lastwords.shipping.wire import HEADER, PREFIX, PROTOCOL, Batch, Part, write_batch
from lastwords.store.runs import Store

MOMENT = "2026-01-02T03:04:05.000Z"


def a_spec(**more: Any) -> dict[str, Any]:
    return {
        "runId": "run_20260102_030405",
        "attempt": 1,
        "kind": "command",
        "command": ["python", "train.py"],
        "cwd": "/srv/there",
        "nonce": "0" * 32,
        "createdAt": MOMENT,
        "triggeredBy": "command line",
        **more,
    }


def a_result(**more: Any) -> dict[str, Any]:
    told = {"startedAt": MOMENT, "finishedAt": "2026-01-02T03:05:05.000Z", "logBytes": 0}
    return {**told, "exitCode": 0, "signal": None, "seconds": 60.0, **more}


@dataclass
class Sender:
    """One attempt's sender."""

    client: FlaskClient
    enrol_token: str
    uid: str = field(default_factory=lambda: str(uuid.uuid4()))
    opened: dict[str, Any] = field(default_factory=dict)

    def ask(self, method: str, path: str, token: str, **more: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {token}", HEADER: PROTOCOL, **more.pop("headers", {})}
        return self.client.open(PREFIX + path, method=method, headers=headers, **more)

    def open(self, **more: Any) -> TestResponse:
        body = {"uid": self.uid, "spec": a_spec(), "host": {"name": "node7"}, **more}
        answer = self.ask("POST", "/shipments", self.enrol_token, json=body)
        if answer.status_code == 201:
            self.opened = answer.json or {}
        return answer

    @property
    def path(self) -> str:
        run, attempt, member = (self.opened[name] for name in ("run", "attempt", "member"))
        return f"/shipments/{run}/{attempt}/{member}"

    def send(self, *parts: Part, **more: Any) -> TestResponse:
        told = {"epoch": self.opened["epoch"], "facts": {}, "cut": {}, **more}
        return self.post(b"".join(write_batch(Batch(parts=parts, **told))))

    def post(self, body: bytes, **headers: str) -> TestResponse:
        token = self.opened["token"]
        return self.ask("POST", f"{self.path}/batch", token, data=body, headers=headers)

    def positions(self) -> TestResponse:
        return self.ask("GET", f"{self.path}/batch", self.opened["token"])

    def end(self, streams: dict[str, bytes], result: dict[str, Any], **more: Any) -> TestResponse:
        told = {
            name: [len(data), hashlib.sha256(data).hexdigest()] for name, data in streams.items()
        }
        body = {"epoch": self.opened["epoch"], "result": result, "streams": told, **more}
        return self.ask("POST", f"{self.path}/end", self.opened["token"], json=body)

    def folder(self, config: Config, number: int = 1) -> AttemptFolder:
        run, member = self.opened["run"], self.opened.get("member", 0)
        return runfolder.attempt_folder(config.home, run, number, member)


def a_sender(client: FlaskClient, store: Store, name: str = "colab", **limits: Any) -> Sender:
    return Sender(client, enrol(store, name, **limits))
