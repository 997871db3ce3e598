"""Adapters on disk, good and damaged, for tests of their proof."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any


def write_safetensors(path: Path, values: bytes, **tensor: Any) -> None:
    """A file of one tensor; `tensor` says otherwise what its header does of it."""
    described = {"dtype": "F32", "shape": [len(values) // 4], "data_offsets": [0, len(values)]}
    write_header(path, json.dumps({"weight": described | tensor}).encode(), values)


def write_header(path: Path, header: bytes, values: bytes = b"") -> None:
    """A file with exactly this header."""
    path.write_bytes(struct.pack("<Q", len(header)) + header + values)


def write_adapter(folder: Path, *values: float) -> Path:
    """An adapter of these numbers; returns the file of its weights."""
    folder.mkdir(exist_ok=True)
    (folder / "adapter_config.json").write_text("{}")
    weights = folder / "adapter_model.safetensors"
    write_safetensors(weights, struct.pack(f"<{len(values)}f", *values))
    return weights
