"""What tests of the doctor share: models, databases and findings."""

from __future__ import annotations

import json
import sqlite3
import struct
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from lastwords import doctor
from lastwords.config import Config
from lastwords.doctor.finding import Finding
from lastwords.trainer.data import TABLE

Spec = dict[str, Any]
CAP_DAC_OVERRIDE = 1 << 1  # capabilities(7): passes over the rights of every file


def _is_refused_nothing() -> bool:
    status = Path("/proc/self/status").read_text().split()
    return bool(int(status[status.index("CapEff:") + 1], 16) & CAP_DAC_OVERRIDE)


no_rights_apply = pytest.mark.skipif(_is_refused_nothing(), reason="root may read and write all")


def header_of(tensors: dict[str, Any]) -> bytes:
    text = json.dumps(tensors).encode()
    return struct.pack("<Q", len(text)) + text


def make_model(folder: Path, **config: int) -> Path:
    """A base model of 6 numbers, as small as one can be and whole."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "tokenizer.json").write_text("{}")
    tensor = {"w": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}
    (folder / "model.safetensors").write_bytes(header_of(tensor) + bytes(24))
    return folder


def make_database(path: Path, rows: int, table: str = TABLE) -> Path:
    suggestions = json.dumps([{"description": "on", "confidence": 0.9}])
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"CREATE TABLE {table} (original_query, suggestions, created_at)")
        values = [(f"turn it on, {number}", suggestions, number) for number in range(rows)]
        database.executemany(f"INSERT INTO {table} VALUES (?, ?, ?)", values)
        database.commit()
    return path


def found(config: Config, name: str, seen: dict[str, str], asked: Spec | None = None) -> Finding:
    """One check's finding; whatever is not ok has a command."""
    findings = doctor.examine(config, asked, seen)
    assert all(finding.command for finding in findings if finding.verdict != "ok")
    return next(finding for finding in findings if finding.name == name)


def verdicts(config: Config, seen: dict[str, str]) -> dict[str, str]:
    return {finding.name: finding.verdict for finding in doctor.examine(config, None, seen)}
