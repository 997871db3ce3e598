"""Fewer points, the same curve; and curves for a list that cost little."""

from __future__ import annotations

import json
import os
from functools import partial
from typing import Any

from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.api.test_runs import ended, failed, show, train
from tests.real import PREFIX, until

from lastwords.config import Config
from lastwords.folders import runfolder
from lastwords.folders.events import MOST_BYTES
from lastwords.measurements import curves
from lastwords.measurements.downsampling import curve, thinned, thinned_metrics
from lastwords.measurements.metrics import MOST_SAMPLES

HEIGHTS = st.lists(st.none() | st.floats(-1e6, 1e6), max_size=200)


@given(points=HEIGHTS, most=st.integers(10, 60))
@settings(deadline=None)
def test_ends_and_peaks_stay_and_nothing_is_made_up(points: list[float | None], most: int) -> None:
    kept = thinned(list(enumerate(points)), most, lambda point: point[1])
    assert len(kept) <= max(most, 2) and kept == sorted(kept)
    assert set(kept) <= set(enumerate(points))
    heights = [height for height in points if height is not None]
    if heights:
        shown = [height for _, height in kept if height is not None]
        assert min(shown) == min(heights) and max(shown) == max(heights)
    if points:
        assert kept[0][0] == 0 and kept[-1][0] == len(points) - 1


def test_evaluations_are_not_lost_among_a_million_steps() -> None:
    metrics = [{"step": step, "loss": 1 / (step + 1)} for step in range(20_000)]
    metrics[10_000:10_000] = [{"step": 10_000, "evalLoss": 0.5}]
    kept = thinned_metrics(metrics, 100)
    assert len(kept) <= 100 and {"step": 10_000, "evalLoss": 0.5} in kept
    assert [m["step"] for m in kept] == sorted(m["step"] for m in kept)


def test_a_curve_holds_losses_alone_and_a_gap_for_what_is_no_number() -> None:
    metrics: list[dict[str, Any]] = [
        {"loss": 2.0},
        {"evalLoss": 9.0},
        {"loss": None, "nonFinite": ["loss"]},
        {"loss": 1},
    ]
    assert curve(metrics, 40) == [2.0, None, 1.0]


def write_events(config: Config, run_id: str, losses: list[float | None]) -> None:
    folder = runfolder.attempt_folder(config.home, run_id, 1)
    events = [
        {"event": "metric", "step": step, "loss": loss, "learningRate": 0.1, "gradNorm": 2.0,
         "nonFinite": [] if loss is not None else ["loss"]}
        for step, loss in enumerate(losses)
    ]  # fmt: skip
    folder.events.write_text("".join(json.dumps(event) + "\n" for event in events))


def test_metrics_are_thinned_when_asked_for(client: FlaskClient, config: Config) -> None:
    run_id = failed(client)
    write_events(config, run_id, [1.0 + (step == 777) * 50 for step in range(5000)])
    path = f"{PREFIX}/runs/{run_id}/metrics"
    few, whole = (client.get(path + query).get_json() for query in ("?points=100", ""))
    assert len(whole["metrics"]) == whole["total"] == few["total"] == 5000
    assert len(few["metrics"]) <= 100 and 51.0 in [metric["loss"] for metric in few["metrics"]]
    assert few["metrics"][0]["learningRate"] == 0.1 and few["metrics"][0]["gradNorm"] == 2.0


def test_resources_are_what_the_recorder_sampled(client: FlaskClient, config: Config) -> None:
    run_id = failed(client)
    gpus = [{"index": 0, "utilPercent": 40, "memoryBytes": 5}, {"index": 1, "utilPercent": 90,
            "memoryBytes": 7}]  # fmt: skip
    sample = {
        "time": "2026-01-01T00:00:00.000Z",
        "cpuPercent": 187.2,
        "rssBytes": 10,
        "processes": 3,
    }
    said = [
        sample,
        {**sample, "gpus": gpus},
        [],
        {"time": "yesterday"},
        {**sample, "rssBytes": "x"},
    ]
    lines = [*map(json.dumps, said), '{"time":', "NaN"]
    runfolder.attempt_folder(config.home, run_id, 1).samples.write_text("\n".join(lines))
    first, second, third = client.get(f"{PREFIX}/runs/{run_id}/metrics").get_json()["resources"]
    assert first == {**sample, "gpuUtilPercent": None, "gpuMemoryBytes": None}
    assert (second["gpuUtilPercent"], second["gpuMemoryBytes"]) == (90, 12)
    assert third["rssBytes"] is None


def test_samples_of_numbers_that_are_none_are_shown_without_them(
    client: FlaskClient, config: Config
) -> None:
    run_id = failed(client)
    start = '{"time": "2026-01-01T00:00:00.000Z", '
    odd = (f'"rssBytes": {"9" * 4000}', '"rssBytes": 1.5, "processes": true', '"cpuPercent": 1e999')
    gpus = '"gpus": [{"memoryBytes": 0.5}, {"utilPercent": NaN}, 5]'
    lines = "".join(f"{start}{part}}}\n" for part in (*odd, gpus))
    runfolder.attempt_folder(config.home, run_id, 1).samples.write_text(lines)
    answer = client.get(f"{PREFIX}/runs/{run_id}/metrics")
    assert answer.status_code == 200
    found = answer.get_json()["resources"]
    assert [sample["rssBytes"] for sample in found] == [None, 1, None, None]
    assert found[3]["gpuMemoryBytes"] == 0 and found[3]["gpuUtilPercent"] is None


def test_what_was_not_read_of_the_measurements_is_said(client: FlaskClient, config: Config) -> None:
    run_id = failed(client)
    folder = runfolder.attempt_folder(config.home, run_id, 1)
    write_events(config, run_id, [1.0, 2.0])
    path = f"{PREFIX}/runs/{run_id}/metrics"
    assert client.get(path).get_json()["skippedBytes"] == 0
    for file in (folder.events, folder.samples):
        file.touch()
        os.truncate(file, 1 << 30)
    answer = client.get(path).get_json()
    least = (1 << 30) - MOST_BYTES + (1 << 30) - MOST_SAMPLES
    assert least <= answer["skippedBytes"] < least + (4 << 20)  # by whole lines, in events
    assert answer["total"] == 2 and answer["skippedMetrics"] == 0


def test_a_list_gets_a_curve_for_each_of_its_runs(client: FlaskClient, config: Config) -> None:
    trained, wrong = ended(client, train(client, "trains"))["id"], failed(client)
    write_events(config, wrong, [float(step) for step in range(500)])
    found = client.get(f"{PREFIX}/runs/curves?ids={trained},{wrong}").get_json()["curves"]
    assert set(found) == {trained, wrong}
    assert found[wrong][0] == 0 and found[wrong][-1] == 499 and len(found[wrong]) <= 40
    assert all(isinstance(loss, float) for loss in found[trained])


def test_the_curve_of_a_finished_run_is_read_once(client: FlaskClient, config: Config) -> None:
    run_id = failed(client)
    write_events(config, run_id, [1.0, 2.0])
    path = f"{PREFIX}/runs/curves?ids={run_id}"
    first = client.get(path).get_json()
    write_events(config, run_id, [9.0])
    assert client.get(path).get_json() == first


def _shows(client: FlaskClient, path: str, run_id: str, losses: list[float]) -> bool:
    return bool(client.get(path).get_json()["curves"][run_id] == losses)


def test_the_curve_of_a_running_run_grows(client: FlaskClient, config: Config) -> None:
    run_id = train(client, "hangs")
    until(lambda: show(client, run_id)["status"] == "running")
    path = f"{PREFIX}/runs/curves?ids={run_id}"
    steps: list[list[float]] = [[], [1.0], [1.0, 2.0]]
    for losses in steps:
        write_events(config, run_id, [*losses])
        until(partial(_shows, client, path, run_id, losses))


def test_what_is_too_large_for_a_sparkline_has_none(client: FlaskClient, config: Config) -> None:
    run_id = failed(client)
    log = runfolder.attempt_folder(config.home, run_id, 1).log
    with log.open("ab") as file:
        file.truncate(curves.LARGEST + 1)
    path = f"{PREFIX}/runs/curves?ids={run_id}"
    assert client.get(path).get_json()["curves"] == {run_id: []}


def test_curves_of_no_run_are_refused(client: FlaskClient) -> None:
    assert client.get(f"{PREFIX}/runs/curves?ids=run_20200101_000000").status_code == 404
    assert client.get(f"{PREFIX}/runs/curves?ids=..").status_code == 422
    assert client.get(f"{PREFIX}/runs/curves").status_code == 422
