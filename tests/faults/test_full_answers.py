"""On a full disk an answer says that there is no room, and the same request is taken later."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from tests.conftest import TOKEN
from tests.receiving.kit import Sender, a_result, a_sender
from werkzeug.test import TestResponse

from lastwords.api import close
from lastwords.config import Config
from lastwords.folders import runfolder
from lastwords.server.app import create_app
from lastwords.shipping.wire import PREFIX, Part
from lastwords.store.runs import Store

LOG = b"a line\n"
FILES = {"artifacts": [{"path": f"{n}", "bytes": 9, "sha256": "0" * 64} for n in range(100)]}


@pytest.fixture
def sender(small_disk: Path) -> Iterator[Sender]:
    """A sender that has sent its log to a server whose home has a disk of its own."""
    home = small_disk / "home"
    runfolder.make_home(home)
    config = Config(home=home, token=TOKEN, min_free=0)
    app, store = create_app(config), Store(config.database)
    found = a_sender(app.test_client(), store)
    assert found.open().status_code == 201
    assert found.send(Part("output.log", 0, LOG)).status_code == 200
    yield found
    close(app)
    store.close()


def _as_admin(client: FlaskClient, path: str, body: object) -> TestResponse:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    return client.post(f"{PREFIX}{path}", json=body, headers=headers)


ASKED: dict[str, Callable[[Sender], TestResponse]] = {
    "open": lambda sender: Sender(sender.client, sender.enrol_token).open(),
    "announce": lambda sender: sender.ask(
        "POST", f"{sender.path}/artifacts", sender.opened["token"], json=FILES
    ),
    "end": lambda sender: sender.end({"output.log": LOG}, a_result()),
    "lost": lambda sender: _as_admin(sender.client, f"/runs/{sender.opened['run']}/lost", {}),
    "link": lambda sender: _as_admin(
        sender.client, f"/runs/{sender.opened['run']}/links", {"days": 1}
    ),
    "person": lambda sender: _as_admin(sender.client, "/people", {"name": "ada"}),
}


@pytest.mark.parametrize("asked", ASKED)
def test_there_is_no_room(sender: Sender, small_disk: Path, asked: str) -> None:
    filler = small_disk / "filler"
    with filler.open("ab", buffering=0) as file, suppress(OSError):
        while file.write(os.urandom(512)):
            pass
    answer = ASKED[asked](sender)
    assert (answer.status_code, "No space left" in answer.text) == (507, True), answer.text
    filler.unlink()
    assert ASKED[asked](sender).status_code in (200, 201)
