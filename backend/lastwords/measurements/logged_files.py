"""Metrics that a program writes into files of its own: TensorBoard's, wandb's offline, CSV.

Covered: files that grow meanwhile, whose last record is not whole; scalars of both kinds that
TensorBoard writes. Not covered: checksums, records of a damaged file behind the damage.
"""

from __future__ import annotations

import csv
import io
import json
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

from lastwords.folders.runfolder import open_regular
from lastwords.measurements import wire
from lastwords.measurements.line import Line, Pairs
from lastwords.measurements.names import EPOCH, EVAL, STEP, is_training, meaning

MOST_BYTES = 64 << 20  # of one file; what lies behind is not read
MOST_RECORD = 16 << 20
_BLOCK = 32 << 10  # of wandb's file, as of LevelDB's logs
_FLOAT, _DOUBLE = 1, 2  # TensorFlow's DataType


def read_tensorboard(path: Path) -> list[Line]:
    """The scalars of an event file, by step."""
    found: dict[int, Pairs] = {}
    of = f"{path.parent.name} " if path.parent.name in EVAL else ""
    for record in _event_records(_bytes(path)):
        step, pairs = _event(record)
        named = [(name if meaning(name) == EPOCH else of + name, value) for name, value in pairs]
        if named:
            found.setdefault(step, []).extend(named)
    return [Line([(STEP, float(step)), *pairs]) for step, pairs in found.items()]


def read_wandb(path: Path) -> list[Line]:
    """The history of a run that wandb keeps offline."""
    return [line for record in _wandb_records(_bytes(path)) for line in _history(record)]


def read_csv(path: Path) -> list[Line]:
    """The rows of a table whose header has a place in a training, and something measured."""
    rows = csv.reader(io.StringIO(_bytes(path).decode("utf-8", errors="replace")))
    try:
        header = [name.strip() for name in next(rows, [])]
        places = any(meaning(name) in (STEP, EPOCH) for name in header)
        if not places or not any(map(is_training, header)):
            return []
        return [Line(_row(header, row)) for row in rows]
    except csv.Error:
        return []


def _bytes(path: Path) -> bytes:
    with open_regular(path) as file:
        return file.read(MOST_BYTES)


def _row(header: list[str], row: list[str]) -> Pairs:
    pairs: Pairs = []
    for name, cell in zip(header, row, strict=False):
        try:
            pairs.append((name, float(cell)))
        except ValueError:
            continue
    return pairs


def _event_records(data: bytes) -> Iterator[bytes]:
    """TFRecord: length, its checksum, the data, its checksum."""
    at = 0
    while at + 12 <= len(data):
        size = int.from_bytes(data[at : at + 8], "little")
        if size > MOST_RECORD or at + 16 + size > len(data):
            return
        yield data[at + 12 : at + 12 + size]
        at += 16 + size


def _event(record: bytes) -> tuple[int, Pairs]:
    """An Event: 2 is its step, 5 its summary, whose values are 1."""
    step, pairs = 0, []
    for number, value in wire.fields(record):
        if number == 2 and isinstance(value, int):
            step = value
        elif number == 5 and isinstance(value, bytes):
            pairs = [_scalar(one) for at, one in wire.fields(value) if at == 1]
    return step, [(name, value) for name, value in pairs if value is not None]


def _scalar(summary: wire.Value) -> tuple[str, float | None]:
    """A Summary.Value: 1 is its tag, 2 a float, 8 a tensor."""
    name, number = "", None
    for at, value in wire.fields(summary) if isinstance(summary, bytes) else ():
        if at == 1:
            name = wire.text(value)
        elif at == 2:
            number = wire.float32(value)
        elif at == 8 and isinstance(value, bytes):
            number = _tensor(value)
    return name, number


def _tensor(data: bytes) -> float | None:
    """A TensorProto of one number: 1 is its type, 4 its bytes, 5 floats, 6 doubles."""
    told = dict(wire.fields(data))
    kind, content = told.get(1), told.get(4) or told.get(5) or told.get(6)
    if kind == _FLOAT and isinstance(content, bytes) and len(content) == 4:
        return wire.float32(content)
    if kind == _DOUBLE and isinstance(content, bytes) and len(content) == 8:
        return float(struct.unpack("<d", content)[0])
    return None


def _wandb_records(data: bytes) -> Iterator[bytes]:
    """LevelDB's log: blocks of 32 KiB with parts of records, after a head of 7 bytes."""
    if not data.startswith(b":W&B"):
        return
    at, parts = 7, b""
    while at + 7 <= len(data):
        left = _BLOCK - at % _BLOCK
        if left < 7:
            at += left
            continue
        size, kind = int.from_bytes(data[at + 4 : at + 6], "little"), data[at + 6]
        parts = (b"" if kind in (1, 2) else parts) + data[at + 7 : at + 7 + size]
        at += 7 + size
        if kind in (1, 4) and at <= len(data):  # a whole one, or the last part
            yield parts
            parts = b""


def _history(record: bytes) -> Iterator[Line]:
    """A Record's history (2): its items (1) are a key (1 or 2) and JSON (16), 2 its step."""
    for number, history in wire.fields(record):
        if number != 2 or not isinstance(history, bytes):
            continue
        pairs: Pairs = []
        for at, value in wire.fields(history):
            if at == 1 and isinstance(value, bytes):
                pairs += _item(value)
            elif at == 2 and isinstance(value, bytes):
                pairs.append(("_step", float(int(dict(wire.fields(value)).get(1, 0) or 0))))
        own_steps = any(meaning(name) == STEP for name, _ in pairs if name != "_step")
        kept = [(name, v) for name, v in pairs if not name.startswith("_")]
        steps = [(STEP, v) for name, v in pairs if name == "_step" and not own_steps]
        yield Line([*steps[:1], *kept])


def _item(data: bytes) -> Pairs:
    keys, said = [], ""
    for at, value in wire.fields(data):
        if at in (1, 2):
            keys.append(wire.text(value))
        elif at == 16:
            said = wire.text(value)
    try:
        number = json.loads(said)
    except ValueError:
        return []
    is_number = isinstance(number, int | float) and not isinstance(number, bool)
    return [("/".join(keys), float(number))] if is_number else []


READERS: dict[str, Callable[[Path], list[Line]]] = {
    "tensorboard": read_tensorboard,
    "wandb": read_wandb,
    "csv": read_csv,
}


def kind_of(name: str) -> str | None:
    """Which reader a file's name calls for."""
    if ".tfevents." in name:
        return "tensorboard"
    if name.endswith(".wandb"):
        return "wandb"
    return "csv" if name.endswith(".csv") or name == "training.log" else None
