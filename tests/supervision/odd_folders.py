"""Run folders as a child may leave them: each file good, or odd in one place or altogether."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from lastwords.folders.runfolder import AttemptFolder

MOMENT = "2026-01-01T00:00:00.000Z"
IDENTITY = {"pid": 4_000_000, "start_ticks": 1, "boot_id": "another"}
SPEC: dict[str, Any] = {
    "runId": "run_20260101_000000",
    "attempt": 1,
    "kind": "training",
    "name": "n",
    "command": ["python", "train.py"],
    "cwd": "/tmp",
    "spec": {"baseModel": "a/b", "trainingType": "soft_prompt", "batchSize": 8, "dbPath": "x.db"},
    "nonce": "abc",
    "createdAt": MOMENT,
    "triggeredBy": "a test",
    "expect": ["out*"],
    "graceSeconds": 0.3,
    "maxLogBytes": 1000,
    "logQuotaAction": "end",
    "stallSeconds": 900.0,
    "timeLimitSeconds": 5,
    "outputDir": None,
    "resumesFrom": None,
}
STOP = {"by": "a test", "at": MOMENT, "reason": "stopped_by_user", "signal": 15}
RESULT: dict[str, Any] = {
    "startedAt": MOMENT,
    "finishedAt": MOMENT,
    "seconds": 1.0,
    "logBytes": 5,
    "exitCode": 0,
    "signal": None,
    "stop": None,
    "stopHeeded": False,
    "forced": False,
    "logGap": False,
    "logQuota": {"limitBytes": 5, "action": "end"},
    "hang": {"since": MOMENT, "seconds": 9.0, "stacksOf": [1]},
    "peakTreeBytes": 5,
    "killed": [1],
    "orphansKilled": 1,
    "survivors": [],
    "gpuLeak": [],
    "oomKilled": False,
    "oom": {
        "source": "cgroup_v2",
        "certainty": "proven",
        "kills": 0,
        "main": False,
        "secondsBeforeEnd": 99.0,
        "peakBytes": 5,
        "limitBytes": 5,
    },
    "launchError": None,
}
ENDINGS: list[dict[str, Any]] = [
    {},
    {"exitCode": 3},
    {"exitCode": None, "signal": "SIGKILL"},
    {"exitCode": None, "signal": "SIGTERM", "stop": STOP, "stopHeeded": True, "forced": True},
    {"exitCode": None, "signal": "SIGTERM", "stop": STOP | {"reason": "timeout"}},
    {"exitCode": None, "signal": "SIGTERM", "stop": STOP | {"reason": "hang"}},
    {"exitCode": None, "launchError": {"errno": "ENOENT", "message": "no", "what": "command"}},
    {"exitCode": None, "lost": "recorder_lost"},
]
CHILD = IDENTITY | {"recorder": IDENTITY, "startedAt": MOMENT, "controlGroup": None}
EVENTS: list[dict[str, Any]] = [
    {"event": "stage_started", "stage": "train", "time": MOMENT},
    {"event": "dataset", "samples": 8, "time": MOMENT},
    {"event": "progress", "step": 1, "totalSteps": 9, "epoch": 0.1, "time": MOMENT},
    {"event": "metric", "step": 1, "loss": 1.0, "nonFinite": [], "time": MOMENT},
    {"event": "resumed", "step": 1, "time": MOMENT},
    {"event": "failure", "stage": "train", "type": "E", "message": "m", "time": MOMENT},
    {"event": "stage_ended", "stage": "train", "seconds": 1.0, "detail": "d", "time": MOMENT},
    {"event": "finished", "nonce": "abc", "finalLoss": 0.5, "samples": 8, "time": MOMENT},
]
NOTICES: list[dict[str, Any]] = [
    {"time": MOMENT, "notice": "log_gap", "detail": "d"},
    {"time": MOMENT, "notice": "log_quota", "detail": "d", "logBytes": 5},
    {"time": MOMENT, "notice": "orphans_killed", "detail": "d", "pids": [1], "survivors": []},
]
GPU = {"utilPercent": 5.0, "memoryBytes": 5}
SAMPLES: list[dict[str, Any]] = [
    {"time": MOMENT, "cpuPercent": 5.0, "rssBytes": 5, "processes": 1, "gpus": [GPU]}
]
TENSOR = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
HEADER: dict[str, Any] = {"w": TENSOR, "__metadata__": {"format": "pt"}}
INDEX = {"weight_map": {"w": "adapter_model.safetensors"}}


class Raw(str):
    """Digits and words that stand in JSON as they are, whatever Python's own numbers can hold."""


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(
        [
            *(Raw("9" * 5000), Raw("-" + "9" * 4000), Raw("1e999"), Raw("NaN"), Raw("-Infinity")),
            *(0, -1, 2**31, 2**63 - 1, 2**63, 2**64, -(2**63), 0.5, -0.0, 1e308, 10**11),
            *(
                "",
                "\ud800",
                "SIG\ud800",
                "\udcff",
                "a\0b",
                "SIG" + "9" * 5000,
                "SIGFOO",
                "x" * 5000,
            ),
            *("../" * 20, "/", "/proc/self/mem", "~", "*", "**", "[", "\x1b]52;c;x\x07", "\u202e"),
            *("2026-01-01", "2026-01-01_00:00:00Z", "0001-01-01T00:00:00+14:00", "9" * 30, "lost"),
            *("9999-12-31T23:59:59-14:00", "withdrawn", "timeout", "log_quota", "hang", "command"),
            *([], {}, [[]], [None], {"": None}, ["a", 10**11], [2**62] * 40, [-1], [0], [True]),
            [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]],
        ]
    ),
    st.integers(-3, 70),
    st.floats(),
    st.text(max_size=5),
)
BYTES = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([b"", b"{", b"null", b"5", b"[" * 100_000, b'"\xff"', b"{}" * 3, b"\0" * 64]),
)


@dataclass(frozen=True)
class Instead:
    """What stands where a file should: nothing, or no file."""

    what: str


Content = bytes | Instead


def to_json(value: Any) -> str:
    """JSON that may hold what `json` refuses to write."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k)}:{to_json(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(to_json, value)) + "]"
    return json.dumps(value)


@st.composite
def bent(draw: st.DrawFn, value: Any) -> Any:
    """The value with one odd place in it."""
    if isinstance(value, dict) and value and draw(st.integers(0, 5)):
        name = draw(st.sampled_from(sorted(value)))
        if not draw(st.integers(0, 6)):
            return {key: item for key, item in value.items() if key != name}
        return value | {name: draw(bent(value[name]))}
    if isinstance(value, list) and value and draw(st.booleans()):
        at = draw(st.integers(0, len(value) - 1))
        return [*value[:at], draw(bent(value[at])), *value[at + 1 :]]
    return draw(ODD)


@st.composite
def _one_object(draw: st.DrawFn, fact: Any) -> bytes:
    return to_json(draw(st.just(fact) | bent(fact))).encode()


@st.composite
def _lines(draw: st.DrawFn, facts: list[dict[str, Any]]) -> bytes:
    whole = draw(st.just(facts) | bent(facts))
    lines = [to_json(item).encode() for item in (whole if isinstance(whole, list) else [whole])]
    return b"\n".join([*lines, *([draw(BYTES)] if draw(st.booleans()) else [])]) + b"\n"


@st.composite
def _safetensors(draw: st.DrawFn) -> bytes:
    header = draw(_one_object(HEADER))
    length = draw(st.sampled_from([len(header)] * 5 + [0, 1, 2**40, 2**64 - 1]))
    return (
        struct.pack("<Q", length) + header + draw(st.sampled_from([bytes(8)] * 4 + [b"\xff" * 8]))
    )


@st.composite
def folders(draw: st.DrawFn) -> dict[str, Content]:
    """The files of an attempt by their names below its folder."""
    kind = draw(st.sampled_from(["training", "command"]))
    result = RESULT | draw(st.sampled_from(ENDINGS))
    made = {
        "spec.json": _one_object(SPEC | {"kind": kind}),
        "result.json": _one_object(result),
        "child.json": _one_object(CHILD),
        "stop.json": _one_object(STOP),
        "before.json": _one_object({"files": {"/tmp/out": ["1 2 3", "4", "5"]}}),
        "events.jsonl": _lines(EVENTS),
        "notices.jsonl": _lines(NOTICES),
        "samples.jsonl": _lines(SAMPLES),
        "timeline": st.just(struct.pack("<dQ", 1.7e9, 5)) | BYTES,
        "lines": st.just(struct.pack("<Q", 0)) | BYTES,
        "artifacts/adapter_config.json": _one_object({"r": 8}),
        "artifacts/adapter_model.safetensors": _safetensors(),
        "artifacts/model.safetensors.index.json": _one_object(INDEX),
        "artifacts/training_run.json": _one_object({}),
    }
    instead = st.sampled_from([Instead("nothing")] * 3 + [Instead("folder"), Instead("pipe")])
    odd = instead | st.just(Instead("loop")) | BYTES
    strange = draw(st.sets(st.sampled_from(sorted(made)), max_size=3))
    return {name: draw(odd if name in strange else whole) for name, whole in made.items()}


def lay(folder: AttemptFolder, files: Mapping[str, Content]) -> None:
    """Put the files into an attempt's folder, whose recorder is long gone."""
    folder.log.write_bytes(b"Traceback (most recent call last):\nValueError: x\n")
    for name, content in files.items():
        path = folder.path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            _PUT[content.what](path)
    os.utime(folder.path, (0, 0))


_PUT: dict[str, Callable[[Path], None]] = {
    "nothing": lambda path: None,
    "folder": Path.mkdir,
    "pipe": os.mkfifo,
    "loop": lambda path: path.symlink_to(path.name),
}
