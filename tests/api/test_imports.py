"""Old logs that are sent to the server."""

from __future__ import annotations

import socket
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from tests.real import Server

from lastwords.security.people import People

ERROR = b"Traceback (most recent call last):\nKeyError: 'label'\n"


def _send(client: FlaskClient, *files: tuple[bytes, str], **fields: Any) -> Any:
    sent = {"files": [(BytesIO(data), name) for data, name in files], **fields}
    return client.post(
        "/api/training/imports", data=sent, content_type="multipart/form-data"
    ).get_json()


def test_each_file_becomes_a_run_with_the_name_and_the_time_that_it_had(
    client: FlaskClient,
) -> None:
    found = _send(client, (ERROR, "old/a.log"), (b"fine\n", "b.log"), modified="1700000000000")
    assert found["causes"] == {"code.error": 1} and found["failures"] == []
    runs = {run["name"]: run for run in found["runs"]}
    assert runs["a.log"]["finishedAt"] == "2023-11-14T22:13:20.000Z"
    assert (runs["a.log"]["kind"], runs["b.log"]["status"]) == ("imported", "unknown")
    log = client.get(f"/api/training/runs/{runs['a.log']['id']}/log")
    assert log.data == ERROR
    log.close()
    shown = client.get(f"/api/training/runs/{runs['b.log']['id']}").get_json()
    assert shown["errorMessage"] is None
    assert _send(client, (ERROR, "again.log"))["known"] == 1


def test_a_file_that_cannot_be_imported_is_named(client: FlaskClient) -> None:
    found = _send(client, (ERROR, "a.log"), (b"", "/etc/../empty.log"))
    assert len(found["runs"]) == 1
    assert found["failures"] == ["/etc/../empty.log is empty: there is nothing to import"]


def test_a_form_without_files_is_refused(client: FlaskClient) -> None:
    assert "1 to 500 files" in _send(client)["detail"]


def test_an_import_is_in_the_audit(client: FlaskClient) -> None:
    _send(client, (ERROR, "a.log"))
    entry = client.get("/api/training/audit").get_json()["entries"][0]
    assert (entry["action"], entry["outcome"]) == ("import", "ok")


def test_a_server_takes_larger_bodies_for_logs_alone_and_with_a_login(server: Server) -> None:
    head, tail = (
        b"--x\r\nContent-Disposition: form-data; name=f; filename=a.log\r\n\r\n",
        b"\r\n--x--",
    )
    body = head + b"step 1: loss 1.0\n" * 200_000 + ERROR + tail
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    path = "/api/training/imports"
    answer = server.ask("POST", path, body, kind)
    assert answer.status == 200 and answer.json["runs"][0]["cause"] == "code.error"
    assert server.ask("POST", path, body, kind, login=False).status == 413
    assert server.ask("POST", "/api/training/runs", body, kind).status == 413


def _head(server: Server, token: str, *more: str) -> bytes:
    lines = ("POST /api/training/imports HTTP/1.1", f"Host: 127.0.0.1:{server.port}",
             f"Authorization: Bearer {token}", "Content-Type: multipart/form-data; boundary=x",
             *more)  # fmt: skip
    return "\r\n".join([*lines, "", ""]).encode()


@pytest.mark.parametrize(
    "length", ["Content-Length: 60000000", "Transfer-Encoding: chunked", "Expect: 100-continue"]
)
def test_who_sends_a_large_body_is_asked_before_it_is_read(server: Server, length: str) -> None:
    more = [length, "Content-Length: 60000000"] if "Expect" in length else [length]
    viewer = People(server.home).add("eve", "viewer")
    for token, status in (("wrong", b" 401 "), (viewer, b" 403 ")):
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
            connection.sendall(_head(server, token, *more))
            said = connection.recv(1 << 16)
            assert status in said.split(b"\r\n")[0], said
            assert b"100 Continue" not in said and b"application/problem+json" in said


def test_nothing_that_follows_a_refused_head_is_a_request(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        inner = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
        connection.sendall(_head(server, "wrong", "Content-Length: 60000000") + inner)
        said = b"".join(iter(lambda: connection.recv(1 << 16), b""))
    assert said.count(b"HTTP/1.1") == 1 and b" 401 " in said


def test_a_sender_that_waits_for_it_is_told_to_go_on(server: Server) -> None:
    head = b"--x\r\nContent-Disposition: form-data; name=f; filename=a.log\r\n\r\n"
    body = head + b"step 1: loss 1.0\n" * 200_000 + ERROR + b"\r\n--x--"
    more = (f"Content-Length: {len(body)}", "Expect: 100-continue")
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(_head(server, server.token, *more))
        assert b"100 Continue" in connection.recv(1 << 16)
        connection.sendall(body)
        assert b" 200 " in connection.recv(1 << 16).split(b"\r\n")[0]
