"""A sender that has opened its run."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from tests.receiving.kit import Sender, a_sender

from lastwords.store.runs import Store


@pytest.fixture
def sender(anonymous: FlaskClient, store: Store) -> Sender:
    found = a_sender(anonymous, store)
    answer = found.open()
    assert answer.status_code == 201, answer.data
    return found
