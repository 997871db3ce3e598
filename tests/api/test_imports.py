"""Old logs that are sent to the server."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask.testing import FlaskClient
from tests.real import Server

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
