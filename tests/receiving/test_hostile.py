"""A hostile worker against a server: whatever it sends, other runs stay as they were."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import zlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from tests.conftest import TOKEN
from tests.real import until
from tests.receiving.kit import Sender, a_result, a_sender, a_spec

from lastwords.config import Config
from lastwords.receiving import artifacts, limits, opening
from lastwords.records import now
from lastwords.security.register import digest_of
from lastwords.shipping.wire import PREFIX, STREAMS, Part
from lastwords.store import shipments
from lastwords.store.runs import Store

READ = ["/runs", "/runs/{run}", "/runs/{run}/log", "/config", "/audit", "/storage", "/shipments"]


def everything(home: Path) -> dict[str, bytes]:
    """All that is in the run folders, by path."""
    return {str(p): p.read_bytes() for p in (home / "runs").rglob("*") if p.is_file()}


@pytest.mark.parametrize("path", READ)
def test_its_tokens_read_nothing(sender: Sender, path: str) -> None:
    for token in (sender.enrol_token, sender.opened["token"]):
        answer = sender.ask("GET", path.format(run=sender.opened["run"]), token)
        assert answer.status_code in (401, 403, 405), answer.data
        assert set(answer.json or {}) <= {"type", "title", "status", "detail", "instance"}


def test_its_tokens_change_nothing_else(sender: Sender, client: FlaskClient) -> None:
    run = sender.opened["run"]
    for method, path in (
        ("POST", "/runs"),
        ("POST", f"/runs/{run}/cancel"),
        ("POST", f"/runs/{run}/lost"),
        ("DELETE", f"/runs/{run}"),
        ("POST", "/login"),
    ):
        for token in (sender.enrol_token, sender.opened["token"]):
            body = {"token": token} if path == "/login" else {}
            assert sender.ask(method, path, token, json=body).status_code in (401, 429)
    assert client.get(f"{PREFIX}/runs/{run}").json["status"] == "running"  # type: ignore[index]


def test_tokens_are_good_for_one_thing_each(sender: Sender) -> None:
    body = {"uid": sender.uid, "spec": a_spec(), "host": {}}
    assert sender.ask("POST", "/shipments", TOKEN, json=body).status_code == 403
    assert sender.ask("POST", "/shipments", sender.opened["token"], json=body).status_code == 403
    for token in (TOKEN, sender.enrol_token):
        assert sender.ask("POST", f"{sender.path}/batch", token, data=b"").status_code == 403
    for token in ("lwe_wrong", "nonsense", ""):
        assert sender.ask("POST", "/shipments", token, json=body).status_code == 401
    assert sender.ask("POST", f"{sender.path}/batch", "lwa_wrong", data=b"").status_code == 401


def test_another_run_cannot_be_named(
    sender: Sender, anonymous: FlaskClient, store: Store, config: Config
) -> None:
    other = a_sender(anonymous, store, "other")
    other.open()
    before = everything(config.home)
    for path in (
        other.path,
        f"/shipments/{sender.opened['run']}/2/0",
        f"/shipments/{sender.opened['run']}/1/1",
        "/shipments/..%2f..%2fetc/1/0",
        f"/shipments/{sender.opened['run']}/1/..%2f..%2f",
    ):
        for method, end in (("POST", "batch"), ("GET", "batch")):
            answer = sender.ask(method, f"{path}/{end}", sender.opened["token"])
            assert answer.status_code in (401, 403, 404), (path, answer.data)
    assert everything(config.home) == before


@pytest.mark.parametrize(
    "name", ["../x", "/etc/passwd", "spec.json", "result.json", "shipment.json"]
)
def test_no_other_file_can_be_named(sender: Sender, config: Config, name: str) -> None:
    before = everything(config.home)
    line = json.dumps({"epoch": 1, "parts": [[name, 0, 1, zlib.crc32(b"x")]]}).encode()
    assert sender.post(line + b"\nx").status_code == 400
    facts = json.dumps({"epoch": 1, "parts": [], "facts": {name: {}}}).encode()
    assert sender.post(facts + b"\n").status_code == 400
    assert everything(config.home) == before


def test_a_gzip_bomb_is_not_inflated(sender: Sender) -> None:
    bomb = gzip.compress(bytes(900 << 20), 9)
    assert len(bomb) < 1 << 20
    assert sender.post(bomb, **{"Content-Encoding": "gzip"}).status_code == 413
    assert sender.post(b"no gzip", **{"Content-Encoding": "gzip"}).status_code == 400
    assert sender.post(gzip.compress(b"{}")[:-9], **{"Content-Encoding": "gzip"}).status_code == 400
    assert sender.post(b"x", **{"Content-Encoding": "br"}).status_code == 415


def test_a_compressed_batch_is_taken(sender: Sender) -> None:
    from lastwords.shipping.wire import Batch, write_batch

    body = gzip.compress(
        b"".join(write_batch(Batch(1, [Part("output.log", 0, b"hello" * 9)], {}, {})))
    )
    assert sender.post(body, **{"Content-Encoding": "gzip"}).status_code == 200


@pytest.mark.parametrize("stream", STREAMS)
def test_a_stream_has_a_limit(
    sender: Sender, config: Config, stream: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LOG_BYTES", 100)
    monkeypatch.setattr(limits, "STREAM_BYTES", 100)
    assert sender.send(Part(stream, 0, bytes(100))).status_code == 200
    assert sender.send(Part(stream, 100, b"x")).status_code == 413
    assert sender.send(Part(stream, 1 << 40, b"x")).status_code == 413
    assert (sender.folder(config).path / stream).stat().st_size == 100


def test_a_body_has_a_limit(sender: Sender) -> None:
    assert sender.post(bytes((1 << 20) + 1)).status_code == 413


def test_facts_have_a_form_and_a_limit(sender: Sender, config: Config) -> None:
    assert sender.send(facts={"child": {"pid": -1, "recorder": "x"}}).status_code == 422
    assert sender.send(facts={"environment": {"a": "x" * 70_000}}).status_code == 413
    assert not sender.folder(config).child.exists()


@pytest.mark.parametrize(
    "spec",
    [
        {"command": []},
        {"command": ["a\0b"]},
        {"kind": "evil"},
        {"cwd": 7},
        {"createdAt": "yesterday"},
        {"expect": {"a": 1}},
        {"name": "x" * (1 << 20)},
    ],
)
def test_a_spec_has_a_form_and_a_limit(
    sender: Sender, client: FlaskClient, spec: dict[str, Any]
) -> None:
    other = Sender(sender.client, sender.enrol_token)
    assert other.open(spec=a_spec(**spec)).status_code in (413, 422)
    assert len(client.get(f"{PREFIX}/runs").json["runs"]) == 1  # type: ignore[index]


@pytest.mark.parametrize("uid", ["", "../../x", "A" * 36, "g" * 36, "0" * 400])
def test_a_number_has_a_form(sender: Sender, uid: str) -> None:
    assert Sender(sender.client, sender.enrol_token, uid).open().status_code == 422


def test_a_forged_result_is_that_of_its_own_run_alone(sender: Sender, client: FlaskClient) -> None:
    for result in ({"exitCode": "0"}, {"finishedAt": "x"}, {"lost": {"a": 1}}, {"logBytes": -1}):
        answer = sender.end({}, a_result(**result))
        assert answer.status_code in (200, 422)
        if "logBytes" not in result:
            assert answer.status_code == 422, answer.data


def announced(sender: Sender, path: str, data: bytes, **more: Any) -> Any:
    file = {"path": path, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(), **more}
    return sender.ask(
        "POST", f"{sender.path}/artifacts", sender.opened["token"], json={"artifacts": [file]}
    )


def put(sender: Sender, path: str, data: bytes, at: int = 0) -> Any:
    where, headers = f"{sender.path}/artifacts/{path}", {"Upload-Offset": str(at)}
    return sender.ask("PUT", where, sender.opened["token"], data=data, headers=headers)


@pytest.mark.parametrize(
    "path",
    ["../x", "/etc/passwd", "a/../../x", "a//b", ".", "a\0b", "a\nb", "x" * 256, "a/" * 16 + "b"],
)
def test_no_file_gets_a_place_elsewhere(sender: Sender, config: Config, path: str) -> None:
    before = everything(config.home)
    assert announced(sender, path, b"data").status_code == 422
    assert put(sender, "never-announced", b"data").status_code == 422
    assert everything(config.home) == before


def test_a_file_is_whole_or_not_there(sender: Sender, client: FlaskClient, config: Config) -> None:
    sender.end({}, a_result())
    assert announced(sender, "sub/adapter.bin", b"0123456789").json == {
        "wanted": {"sub/adapter.bin": 0}
    }
    assert put(sender, "sub/adapter.bin", b"01234").json == {"have": 5}
    assert put(sender, "sub/adapter.bin", b"34567", 3).json == {"have": 8}
    kept = sender.folder(config).artifacts / "sub" / "adapter.bin"
    assert not kept.exists()
    assert put(sender, "sub/adapter.bin", b"xx", 8).status_code == 422
    assert not kept.exists()
    assert put(sender, "sub/adapter.bin", b"0123456789").json == {"have": 10}
    assert kept.read_bytes() == b"0123456789" and kept.stat().st_mode & 0o777 == 0o600
    assert announced(sender, "sub/adapter.bin", b"0123456789").json == {"wanted": {}}
    assert put(sender, "sub/adapter.bin", b"01234567890").status_code in (200, 422)
    assert kept.read_bytes() == b"0123456789"


def test_files_have_limits(sender: Sender, config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    assert announced(sender, "a", b"", bytes=21 << 30).status_code == 413
    assert announced(sender, "a", b"", sha256="x").status_code == 422
    assert announced(sender, "a", b"", bytes=-1).status_code == 422
    monkeypatch.setattr(limits, "_FLOOR", 1 << 60)
    assert announced(sender, "a", b"data").status_code == 507


def test_files_of_earlier_lists_count_and_halves_of_them_go(
    sender: Sender, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifacts, "MOST_BYTES", 10)
    announced(sender, "a", b"123456")
    put(sender, "a", b"123456")
    announced(sender, "b", b"1234")
    put(sender, "b", b"12")
    arriving = sender.folder(config).path / "arriving"
    assert len(list(arriving.iterdir())) == 1
    assert announced(sender, "c", b"12345").status_code == 413
    assert announced(sender, "a", b"other six!").status_code == 200, "in the place of the first"
    assert not list(arriving.iterdir())


def test_a_file_and_a_folder_of_one_name_are_refused(sender: Sender, config: Config) -> None:
    announced(sender, "a", b"file")
    put(sender, "a", b"file")
    announced(sender, "a/b", b"below")
    answer = put(sender, "a/b", b"below")
    assert (answer.status_code, answer.json["field"]) == (422, "path")
    announced(sender, "c/d", b"below")
    put(sender, "c/d", b"below")
    announced(sender, "c", b"file")
    assert put(sender, "c", b"file").status_code == 422
    assert (sender.folder(config).artifacts / "c" / "d").read_bytes() == b"below"


def test_no_link_leads_a_file_elsewhere(sender: Sender, config: Config, tmp_path: Path) -> None:
    folder = sender.folder(config).artifacts
    folder.mkdir(exist_ok=True)
    (folder / "sub").symlink_to(tmp_path)
    announced(sender, "sub/x", b"data")
    assert put(sender, "sub/x", b"data").status_code == 422
    assert not (tmp_path / "x").exists()


def test_every_question_of_an_attempt_is_paced(sender: Sender) -> None:
    for ask in (sender.positions, lambda: announced(sender, "a", b"data")):
        statuses = [ask().status_code for _ in range(30)]
        assert statuses[0] in (200, 429) and statuses[-1] == 429
    assert sender.end({}, a_result()).status_code == 429


def test_a_token_of_an_attempt_is_void_a_day_after_its_end(
    sender: Sender, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender.end({}, a_result())
    assert announced(sender, "a", b"data").status_code == 200
    tomorrow = now() + timedelta(days=1, minutes=1)
    monkeypatch.setattr(shipments, "now", lambda: tomorrow)
    answer = announced(sender, "a", b"data")
    assert (answer.status_code, answer.json["type"]) == (401, "/problems/token-void")
    monkeypatch.setattr(opening, "now", lambda: tomorrow)
    assert sender.open().json["sealed"] is True  # type: ignore[index]
    assert announced(sender, "a", b"data").status_code == 200, "a new token has its own day"


def test_tokens_are_kept_as_hashes_alone(sender: Sender, config: Config, store: Store) -> None:
    store.close()
    kept = b"".join(p.read_bytes() for p in config.home.rglob("*") if p.is_file())
    for token in (sender.enrol_token, sender.opened["token"]):
        assert token.encode() not in kept
        assert digest_of(token).encode() in kept


def test_a_refusal_is_audited_and_a_batch_is_not(sender: Sender, client: FlaskClient) -> None:
    sender.send(Part("output.log", 0, b"x"))
    sender.ask("POST", f"{sender.path}/batch", sender.enrol_token, data=b"")
    entries = client.get(f"{PREFIX}/audit").json["entries"]  # type: ignore[index]
    told = [(entry["action"], entry["outcome"], entry["who"]) for entry in entries]
    assert ("open shipment", "ok", "machine colab") in told
    assert any(outcome == "wrong-token" for _, outcome, _ in told)
    assert not any(re.search("batch", action) and outcome == "ok" for action, outcome, _ in told)


def test_what_names_a_path_there_is_not_looked_for_here(
    anonymous: FlaskClient, store: Store, client: FlaskClient, tmp_path: Path
) -> None:
    (tmp_path / "training_run.json").write_text("{}")
    sender = a_sender(anonymous, store)
    command = ["python", "t.py", f"--output-dir={tmp_path}"]
    spec = a_spec(kind="training", command=command, outputDir=str(tmp_path), cwd=str(tmp_path))
    sender.open(spec=spec | {"expect": ["/etc/passwd"]})
    sender.end({}, a_result())
    shown = client.get(f"{PREFIX}/runs/{sender.opened['run']}").json
    assert shown["metadataPath"] is None and shown["outputDir"].endswith("/1/artifacts")  # type: ignore[index]


@pytest.mark.parametrize("kind", ["command", "training"])
def test_what_names_an_engine_is_placed_on_none_of_ours(
    anonymous: FlaskClient, client: FlaskClient, store: Store, kind: str
) -> None:
    sender, wanted = a_sender(anonymous, store), {"executor": "slurm", "cpus": 2}
    assert sender.open(spec=a_spec(kind=kind, spec=wanted)).status_code == 201
    sender.end({}, a_result(exitCode=1))
    path = f"/api/training/runs/{sender.opened['run']}"
    ended = until(lambda: (run := client.get(path).json or {})["status"] == "failed" and run)
    assert (ended["executor"], ended["spec"]["cpus"]) == (None, 2)
    kept = store.run(sender.opened["run"])
    store.update_facts(kept.id, 1, {"spec": wanted})  # as an older version kept it
    again = client.post(f"{path}/retry")
    assert (again.status_code, "run it again there" in again.text) == (409, True)


@pytest.mark.parametrize(
    "wanted",
    [
        {"executor": 5},
        {"batchSize": "many"},
        {"learningRate": []},
        {"nodes": 1 << 40, "gpusPerNode": 1 << 40},
    ],
)
def test_what_a_run_wanted_is_of_its_kind_or_refused(
    anonymous: FlaskClient, store: Store, wanted: dict[str, Any]
) -> None:
    """Else its page could not be shown, or its end not be kept."""
    answer = a_sender(anonymous, store).open(spec=a_spec(kind="training", spec=wanted))
    assert answer.status_code == 422 and f"spec.{next(iter(wanted))}" in answer.text
