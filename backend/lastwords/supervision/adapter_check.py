"""The proof that a saved adapter is there, whole, and finite in every number.

Standard library only: the proof must not need torch.
"""

from __future__ import annotations

import json
import math
import operator
import os
import struct
from pathlib import Path
from typing import Any, BinaryIO

from lastwords.folders.attempt import open_regular

HEADER_LIMIT = 100 << 20
_CHUNK = 4 << 20

# Bytes per value, and for floats the (offset, mask) of the exponent's bits from the high byte down.
_WIDTHS = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1}
_WIDTHS |= {"U8": 1, "BOOL": 1, "U16": 2, "U32": 4, "U64": 8, "F8_E4M3": 1, "F8_E5M2": 1}
_EXPONENTS = {
    "F64": ((7, 0x7F), (6, 0xF0)),
    "F32": ((3, 0x7F), (2, 0x80)),
    "BF16": ((1, 0x7F), (0, 0x80)),
    "F16": ((1, 0x7C),),
}
_SAYS_ALL_ONES = {
    mask: bytes(1 if byte & mask == mask else 0 for byte in range(256))
    for mask in {mask for parts in _EXPONENTS.values() for _, mask in parts}
}


class Unproved(Exception):
    """A proof of completion is missing; `reason` is its slug, the text what was found."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def prove_adapter(folder: Path) -> None:
    """Check that a saved adapter is there, whole, and finite in every number.

    Raises: Unproved, which says what is wrong with which file.
    """
    config = folder / "adapter_config.json"
    try:
        with open_regular(config) as file:
            json.loads(file.read())
    except FileNotFoundError:
        raise Unproved("exit0_no_adapter", f"Exit code 0, but {config} is missing.") from None
    except OSError as error:
        raise Unproved("adapter_invalid", f"{config}: {error.strerror}.") from None
    except (ValueError, RecursionError) as error:
        raise Unproved("adapter_invalid", f"{config} is not JSON: {error}") from None
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        raise Unproved(
            "exit0_no_adapter", f"Exit code 0, but there is no .safetensors file in {folder}."
        )
    _prove_shards(folder)
    for path in weights:
        try:
            prove_safetensors(path)
        except OSError as error:
            raise Unproved("adapter_invalid", f"{path}: {error.strerror}.") from None


def _prove_shards(folder: Path) -> None:
    """Every file that an index of shards names must be there."""
    for index in sorted(folder.glob("*.safetensors.index.json")):
        try:
            with open_regular(index) as file:
                shards = {str(name) for name in json.loads(file.read())["weight_map"].values()}
        except OSError as error:
            raise Unproved("adapter_invalid", f"{index}: {error.strerror}.") from None
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise Unproved("adapter_invalid", f"{index} is damaged: {error!r}") from None
        if missing := sorted(name for name in shards if not (folder / name).is_file()):
            raise Unproved("adapter_invalid", f"{index} names missing files: {missing}.")


def prove_safetensors(path: Path) -> None:
    """Check one safetensors file: header, contiguous offsets, exact size, finite floats.

    Source: https://github.com/huggingface/safetensors#format
    """
    with open_regular(path) as file:
        start, tensors = _read_layout(path, file)
        for name, tensor in tensors:
            begin, end = tensor["data_offsets"]
            _prove_finite(path, name, tensor["dtype"], file, start + begin, end - begin)


def prove_header(path: Path) -> int:
    """Check one safetensors file without reading its numbers; returns how many it holds.

    Raises: Unproved; OSError.
    """
    with open_regular(path) as file:
        _, tensors = _read_layout(path, file)
    return sum(math.prod(tensor["shape"]) for _, tensor in tensors)


def _read_layout(path: Path, file: BinaryIO) -> tuple[int, list[tuple[str, dict[str, Any]]]]:
    """Where the tensors begin, and the tensors in order, each proved to be there whole."""
    size = os.fstat(file.fileno()).st_size
    start, header = _read_header(path, file.read(8), file, size)
    tensors = sorted(header.items(), key=lambda item: item[1]["data_offsets"])
    at = 0
    for name, tensor in tensors:
        begin, end = tensor["data_offsets"]
        if begin != at or end < begin or start + end > size:
            raise Unproved("adapter_invalid", f"{path} is incomplete: bytes of {name} are missing.")
        at = end
    if start + at != size or not tensors:
        raise Unproved(
            "adapter_invalid", f"{path}: its size, {size} bytes, does not match its header."
        )
    return start, tensors


def _read_header(
    path: Path, first: bytes, file: Any, size: int
) -> tuple[int, dict[str, dict[str, Any]]]:
    if len(first) < 8:
        raise Unproved("adapter_invalid", f"{path} is truncated: {size} bytes.")
    (length,) = struct.unpack("<Q", first)
    if length > min(HEADER_LIMIT, size - 8):
        raise Unproved("adapter_invalid", f"{path} is truncated or not a safetensors file.")
    try:
        header = json.loads(file.read(length))
        header.pop("__metadata__", None)
        for tensor in header.values():
            begin, end = map(operator.index, tensor["data_offsets"])
            if end - begin != _WIDTHS[tensor["dtype"]] * math.prod(tensor["shape"]):
                raise ValueError("a tensor's bytes do not match its shape")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Unproved("adapter_invalid", f"{path} has a damaged header: {error}") from None
    return 8 + length, header


def _prove_finite(path: Path, name: str, dtype: str, file: Any, at: int, length: int) -> None:
    """A float is NaN or infinite if and only if all bits of its exponent are ones."""
    parts = _EXPONENTS.get(dtype)
    if not parts:
        return
    width = _WIDTHS[dtype]
    file.seek(at)
    while length > 0:
        data = file.read(min(_CHUNK, length))
        if not data:
            return  # the size check of the caller names it
        length -= len(data)
        ones = -1
        for offset, mask in parts:
            ones &= int.from_bytes(data[offset::width].translate(_SAYS_ALL_ONES[mask]), "little")
        if ones:
            raise Unproved("nan_weights", f"{path}: {name} contains NaN or infinity.")
