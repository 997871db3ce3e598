"""Runs over HTTP: list, start, show, cancel, retry, delete."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from tests.real import PREFIX, until

from lastwords.folders.runfolder import AttemptFolder, attempt_folder

Curve = list[tuple[int, float]]

FINAL = ("completed", "failed", "cancelled", "lost")
LISTED = (
    "id runIdentifier name trainingType status startedAt finishedAt datasetSize baseModel "
    "outputDir finalLoss metadataPath triggeredBy attempt exitCode signal reason cause title stage "
    "errorPreview errorLength logBytes progress headline headlineLength createdAt kind stopping "
    "queuePosition fingerprint flags shortCommand seconds values lastLine user labels note starred "
    "noteUser host engine contactAt outOfContact shippedBytes changed retryAt "
    "executor"
)


def train(client: FlaskClient, mode: str, **spec: Any) -> str:
    answer = client.post(f"{PREFIX}/runs", json={"baseModel": mode, **spec})
    assert answer.status_code == 202, answer.text
    return str(answer.get_json()["id"])


def show(client: FlaskClient, run_id: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"{PREFIX}/runs/{run_id}").get_json()
    return found


def ended(client: FlaskClient, run_id: str) -> dict[str, Any]:
    return until(lambda: (run := show(client, run_id))["status"] in FINAL and run)


def failed(client: FlaskClient, mode: str = "raises") -> str:
    run_id = train(client, mode)
    ended(client, run_id)
    return run_id


def test_a_started_training_is_queued_then_completed(client: FlaskClient) -> None:
    answer = client.post(f"{PREFIX}/runs", json={"baseModel": "trains", "name": "größe"})
    assert answer.status_code == 202 and answer.get_json()["status"] == "queued"
    run = ended(client, answer.get_json()["id"])
    assert (run["status"], run["name"], run["finalLoss"]) == ("completed", "größe", 0.25)
    assert run["errorMessage"] is None and run["metadataPath"].endswith("training_run.json")


def test_a_listed_run_has_every_field_and_never_the_whole_error(client: FlaskClient) -> None:
    run_id = failed(client, "raises-1mb")
    (run,) = client.get(f"{PREFIX}/runs").get_json()["runs"]
    assert set(run) == set(LISTED.split())
    assert len(run["errorPreview"]) == 160 and run["errorLength"] > 800_000
    assert run["id"] == run["runIdentifier"] == run_id


def test_a_run_shows_its_attempts_stages_spec_and_command(client: FlaskClient) -> None:
    run = ended(client, train(client, "trains", epochs=7))
    assert [a["number"] for a in run["attempts"]] == [1]
    assert [s["status"] for s in run["stages"]] == ["completed"] * 4
    assert run["spec"]["epochs"] == 7 and "--epochs=7" in run["command"]


def test_the_error_message_is_the_error_byte_for_byte(client: FlaskClient) -> None:
    run_id = failed(client)
    answer = client.get(f"{PREFIX}/runs/{run_id}/error")
    assert answer.content_type == "text/plain; charset=utf-8"
    assert show(client, run_id)["errorMessage"].encode() == answer.data != b""


@pytest.mark.parametrize("mode", ["exits-0", "dies-of-sigkill", "exits-3"])
def test_a_failure_never_has_an_empty_message(client: FlaskClient, mode: str) -> None:
    run = ended(client, train(client, mode))
    assert run["status"] == "failed" and run["errorMessage"]
    assert run["errorLength"] == len(run["errorMessage"])


def test_a_completed_run_has_no_error_to_get(client: FlaskClient) -> None:
    run_id = train(client, "trains")
    ended(client, run_id)
    assert client.get(f"{PREFIX}/runs/{run_id}/error").status_code == 404


def test_a_diagnosis_says_what_where_and_what_to_do(client: FlaskClient) -> None:
    found = client.get(f"{PREFIX}/runs/{failed(client)}/diagnosis").get_json()
    assert found["headline"] == "ValueError: the example has no label"
    assert found["traceback"]["text"].startswith("Traceback")
    assert [link["type"] for link in found["chain"]] == ["KeyError", "ValueError"]
    assert found["userFrame"]["function"] == "raises"


def test_a_report_is_markdown_with_the_headline(client: FlaskClient) -> None:
    answer = client.get(f"{PREFIX}/runs/{failed(client)}/report.md")
    assert answer.content_type == "text/markdown; charset=utf-8"
    assert "ValueError: the example has no label" in answer.text


def test_metrics_are_those_the_trainer_told(client: FlaskClient) -> None:
    run_id = train(client, "trains")
    ended(client, run_id)
    metrics = client.get(f"{PREFIX}/runs/{run_id}/metrics").get_json()["metrics"]
    assert [metric["step"] for metric in metrics] == list(range(1, 21))


def tells(folder: AttemptFolder, losses: dict[int, float], resumed: int | None = None) -> None:
    """Events of an attempt, as the trainer writes them."""
    told = [{"event": "resumed", "step": resumed}] if resumed is not None else []
    told += [{"event": "metric", "step": at, "loss": loss} for at, loss in losses.items()]
    folder.events.write_text("".join(json.dumps(event) + "\n" for event in told))


def test_the_curve_of_a_retry_goes_on_where_its_checkpoint_was(
    client: FlaskClient, home: Path
) -> None:
    run_id = failed(client, "exits-3")
    first, second, third, fourth = (attempt_folder(home, run_id, number) for number in range(1, 5))
    tells(first, {1: 4.0, 2: 3.5, 3: 3.0})
    (first.path / "checkpoints" / "checkpoint-2").mkdir(parents=True)

    def retried(folder: AttemptFolder, losses: dict[int, float], resumed: int | None) -> Curve:
        client.post(f"{PREFIX}/runs/{run_id}/retry")
        ended(client, run_id)
        tells(folder, losses, resumed)
        return [(metric["step"], metric["loss"]) for metric in measured()]

    def measured(query: str = "") -> list[dict[str, Any]]:
        answer = client.get(f"{PREFIX}/runs/{run_id}/metrics{query}").get_json()
        metrics: list[dict[str, Any]] = answer["metrics"]
        assert len(metrics) == answer["total"]
        return metrics

    assert retried(second, {3: 2.9}, 2) == [(1, 4.0), (2, 3.5), (3, 2.9)]
    assert [metric.get("attempt") for metric in measured()] == [1, 1, None]
    assert [metric["step"] for metric in measured("?attempt=1")] == [1, 2, 3]
    (second.path / "checkpoints" / "checkpoint-3").mkdir(parents=True)
    assert retried(third, {4: 2.5}, 3) == [(1, 4.0), (2, 3.5), (3, 2.9), (4, 2.5)]
    curves = client.get(f"{PREFIX}/runs/curves?ids={run_id}").get_json()["curves"]
    assert curves[run_id] == [4.0, 3.5, 2.9, 2.5]
    assert retried(fourth, {1: 3.9}, None) == [(1, 3.9)], "it began anew"


def test_a_queued_run_knows_its_place_and_leaves_the_queue_when_cancelled(
    client: FlaskClient,
) -> None:
    first, second, third = (train(client, "hangs") for _ in range(3))
    until(lambda: show(client, first)["status"] == "running")
    assert [show(client, run_id)["queuePosition"] for run_id in (second, third)] == [1, 2]
    assert client.post(f"{PREFIX}/runs/{second}/cancel").get_json()["status"] == "cancelled"
    assert show(client, third)["queuePosition"] == 1
    for run_id in (third, first):
        client.post(f"{PREFIX}/runs/{run_id}/cancel")
        assert ended(client, run_id)["status"] == "cancelled"


def test_a_cancel_right_after_the_start_is_heard(client: FlaskClient) -> None:
    for _ in range(5):
        run_id = train(client, "hangs")
        assert client.post(f"{PREFIX}/runs/{run_id}/cancel").status_code == 202
        assert ended(client, run_id)["status"] == "cancelled"


def test_a_final_run_cannot_be_cancelled_nor_a_running_one_retried_or_deleted(
    client: FlaskClient,
) -> None:
    done, running = failed(client), train(client, "hangs")
    assert client.post(f"{PREFIX}/runs/{done}/cancel").status_code == 409
    assert client.post(f"{PREFIX}/runs/{running}/retry").status_code == 409
    assert client.delete(f"{PREFIX}/runs/{running}").status_code == 409
    client.post(f"{PREFIX}/runs/{running}/cancel")
    ended(client, running)


def _log(client: FlaskClient, path: str) -> bytes:
    with client.get(f"{PREFIX}/runs/{path}") as answer:
        data: bytes = answer.data
        return data


def test_a_retry_is_a_new_attempt_and_the_old_one_stays_readable(client: FlaskClient) -> None:
    run_id = failed(client)
    first = _log(client, f"{run_id}/log")
    answer = client.post(f"{PREFIX}/runs/{run_id}/retry")
    assert (answer.status_code, answer.get_json()["attempt"]) == (202, 2)
    ended(client, run_id)
    for path in ("log", "error", "diagnosis", "report.md", "metrics", "log/meta", "log/lines"):
        for number, status in ((1, 200), (3, 404)):
            with client.get(f"{PREFIX}/runs/{run_id}/{path}?attempt={number}") as found:
                assert found.status_code == status, path
    assert _log(client, f"{run_id}/log?attempt=1") == first


def test_a_deleted_run_is_gone(client: FlaskClient) -> None:
    run_id = failed(client)
    assert client.delete(f"{PREFIX}/runs/{run_id}").status_code == 204
    assert client.get(f"{PREFIX}/runs/{run_id}").status_code == 404
    assert client.get(f"{PREFIX}/runs").get_json()["runs"] == []


def test_the_list_is_filtered_searched_sorted_and_paged(client: FlaskClient) -> None:
    bad, good = failed(client), train(client, "trains", name="the good one")
    ended(client, good)

    def ids(query: str) -> list[str]:
        return [run["id"] for run in client.get(f"{PREFIX}/runs?{query}").get_json()["runs"]]

    assert ids("") == [good, bad] and ids("sort=createdAt") == [bad, good]
    assert ids("status=failed") == [bad] and ids("status=failed,completed") == [good, bad]
    assert ids("model=raises") == [bad] and ids("model=raise") == []
    assert ids("q=good+one") == [good] and ids("q=no+label") == [bad] and ids("q=xyzzy") == []
    cause = show(client, bad)["cause"]
    assert ids(f"cause={cause}") == [bad]
    page = client.get(f"{PREFIX}/runs?limit=1").get_json()
    assert page["counts"]["failed"] == 1 and page["counts"]["completed"] == 1
    assert ids(f"limit=1&cursor={page['nextCursor']}") == [bad]


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=201", "limit=x", "cursor=-1", "cursor=x", "status=done", "sort=nothing"]
    + [
        "sort=a+b",
        "zone=Mars/Olympus",
        "q=status:done",
        "cursor=0.1.nz",
        "page=2",
        "limit=1&limit=2",
        "cursor=9" * 30,
    ],
)
def test_a_query_that_does_not_fit_is_refused_with_its_field(
    client: FlaskClient, query: str
) -> None:
    answer = client.get(f"{PREFIX}/runs?{query}")
    assert answer.status_code == 422 and answer.get_json()["field"] == query.split("=")[0]


def test_a_spec_that_does_not_fit_is_refused_with_its_field(client: FlaskClient) -> None:
    for body, field in [({"epochs": 0}, "epochs"), ({"epoch": 1}, "epoch"), ([], "body")]:
        answer = client.post(f"{PREFIX}/runs", json=body)
        assert (answer.status_code, answer.get_json()["field"]) == (422, field)


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_an_odd_idempotency_key_is_refused(client: FlaskClient, key: str) -> None:
    answer = client.post(f"{PREFIX}/runs", json={}, headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.get_json()["field"]) == (422, "Idempotency-Key")


def test_the_schema_of_the_form_has_the_servers_defaults(client: FlaskClient) -> None:
    fields = {f["name"]: f for f in client.get(f"{PREFIX}/spec-schema").get_json()["fields"]}
    assert fields["dataFile"]["default"] == "data.jsonl"
    assert (fields["epochs"]["minimum"], fields["epochs"]["maximum"]) == (1, 1000)


def test_a_home_without_the_demo_has_no_examples(client: FlaskClient) -> None:
    assert client.get(f"{PREFIX}/examples").get_json() == {"examples": []}


def test_one_endless_line_does_not_make_the_list_endless(client: FlaskClient) -> None:
    created = client.post(f"{PREFIX}/runs", json={"baseModel": "raises-900kb", "dbPath": "x.db"})
    run_id = created.get_json()["id"]

    def ended() -> bool:
        return bool(client.get(f"{PREFIX}/runs/{run_id}").get_json()["status"] == "failed")

    until(ended)
    listed = client.get(f"{PREFIX}/runs?limit=1")
    assert len(listed.data) < 10_000
    (run,) = listed.get_json()["runs"]
    whole = client.get(f"{PREFIX}/runs/{run_id}/diagnosis").get_json()["headline"]
    assert run["headlineLength"] == len(whole) and whole.startswith(run["headline"])
