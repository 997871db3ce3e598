"""The proof that a saved adapter is there, whole, and finite in every number.

Standard library only: the proof must not need torch.
"""

from __future__ import annotations

import json
import math
import os
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from lastwords.folders.attempt import OutOfReach, is_shortage, open_regular

HEADER_LIMIT = 16 << 20  # bytes; a shard of the largest models has less than one million
INDEX_LIMIT = 16 << 20
MOST_DIMENSIONS = 16
_LARGEST = 1 << 63
_CHUNK = 4 << 20
_LONGEST_NAME = 200  # characters of a tensor's or a file's name that are told

# Bits per value, as the format has them.
_BITS = {"F64": 64, "F32": 32, "F16": 16, "BF16": 16, "I64": 64, "I32": 32, "I16": 16, "I8": 8}
_BITS |= {"U8": 8, "BOOL": 8, "U16": 16, "U32": 32, "U64": 64, "C64": 64, "F4": 4}
_BITS |= {"F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8}
_BITS |= {"F6_E2M3": 6, "F6_E3M2": 6}


def _table(holds: Callable[[int], bool]) -> bytes:
    return bytes(1 if holds(byte) else 0 for byte in range(256))


def _all_ones(mask: int) -> bytes:
    return _table(lambda byte: byte & mask == mask)


# What a number is that is NaN or infinite: bytes of its kind at these offsets, of so many in all.
# Of a float all bits of the exponent are ones; of eight bits each format has its own rule. The
# formats that are not here, of whole numbers and of six bits and less, have no NaN.
_NOT_FINITE: dict[str, tuple[int, tuple[tuple[int, bytes], ...]]] = {
    "F64": (8, ((7, _all_ones(0x7F)), (6, _all_ones(0xF0)))),
    "F32": (4, ((3, _all_ones(0x7F)), (2, _all_ones(0x80)))),
    "C64": (4, ((3, _all_ones(0x7F)), (2, _all_ones(0x80)))),  # two F32
    "BF16": (2, ((1, _all_ones(0x7F)), (0, _all_ones(0x80)))),
    "F16": (2, ((1, _all_ones(0x7C)),)),
    "F8_E5M2": (1, ((0, _all_ones(0x7C)),)),
    "F8_E4M3": (1, ((0, _all_ones(0x7F)),)),
    "F8_E8M0": (1, ((0, _all_ones(0xFF)),)),
    "F8_E4M3FNUZ": (1, ((0, _table(lambda byte: byte == 0x80)),)),
    "F8_E5M2FNUZ": (1, ((0, _table(lambda byte: byte == 0x80)),)),
}


class Unproved(Exception):
    """A proof of completion is missing; `reason` is its slug, the text what was found."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def prove_adapter(folder: Path) -> None:
    """Check that a saved adapter is there, whole, and finite in every number.

    Raises: Unproved, which says what is wrong with which file; OutOfReach, where we have not the
    means to look.
    """
    config = folder / "adapter_config.json"
    try:
        if not isinstance(_read_json(config), dict):
            raise Unproved("adapter_invalid", f"{config} holds no JSON object.")
        _prove_weights(folder)
    except OSError as error:
        if is_shortage(error):
            raise OutOfReach(f"{folder} cannot be read: {error.strerror}") from error
        if isinstance(error, FileNotFoundError) and error.filename == str(config):
            raise Unproved("exit0_no_adapter", f"Exit code 0, but {config} is missing.") from None
        where = error.filename or folder
        raise Unproved("adapter_invalid", f"{where}: {error.strerror}.") from None


def _read_json(path: Path) -> Any:
    """What a JSON file says. Raises: Unproved; OSError, with the path as `filename`."""
    try:
        with open_regular(path) as file:
            text = file.read(INDEX_LIMIT + 1)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    if len(text) > INDEX_LIMIT:
        raise Unproved("adapter_invalid", f"{path} is larger than {INDEX_LIMIT:,} bytes.")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unproved("adapter_invalid", f"{path} is not JSON: {error}") from None


def _prove_weights(folder: Path) -> None:
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        raise Unproved("exit0_no_adapter", f"Exit code 0, but no .safetensors file is in {folder}.")
    for index in sorted(folder.glob("*.safetensors.index.json")):
        _prove_shards(index)
    if not sum(map(prove_safetensors, weights)):
        raise Unproved("adapter_invalid", f"{weights[0]} holds no number.")


def _prove_shards(index: Path) -> None:
    """Every file that an index of shards names must be there."""
    listed = _read_json(index)
    shards = listed.get("weight_map") if isinstance(listed, dict) else None
    if not isinstance(shards, dict) or not all(isinstance(name, str) for name in shards.values()):
        raise Unproved("adapter_invalid", f"{index} is damaged: it has no weight_map of names.")
    there = {path.name for path in index.parent.iterdir() if path.is_file()}
    if missing := sorted(set(shards.values()) - there):
        named = ", ".join(map(_short, missing[:5]))
        raise Unproved("adapter_invalid", f"{index} names {len(missing)} missing files: {named}.")


def prove_safetensors(path: Path) -> int:
    """Check one safetensors file: header, contiguous offsets, exact size, finite floats.

    Returns: how many numbers it holds.
    Raises: Unproved; OSError.
    Source: https://github.com/huggingface/safetensors#format
    """
    try:
        with open_regular(path) as file:
            start, tensors = _read_layout(path, file)
            for name, tensor in tensors:
                begin, end = tensor["data_offsets"]
                _prove_finite(path, name, tensor["dtype"], file, start + begin, end - begin)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    return _count(tensors)


def prove_header(path: Path) -> int:
    """Check one safetensors file without reading its numbers; returns how many it holds.

    Raises: Unproved; OSError.
    """
    with open_regular(path) as file:
        _, tensors = _read_layout(path, file)
    return _count(tensors)


def _count(tensors: list[tuple[str, dict[str, Any]]]) -> int:
    return sum(math.prod(tensor["shape"]) for _, tensor in tensors)


def _read_layout(path: Path, file: BinaryIO) -> tuple[int, list[tuple[str, dict[str, Any]]]]:
    """Where the tensors begin, and the tensors in order, each proved to be there whole."""
    size = os.fstat(file.fileno()).st_size
    start, header = _read_header(path, file, size)
    tensors = sorted(header.items(), key=lambda item: item[1]["data_offsets"])
    at = 0
    for name, tensor in tensors:
        begin, end = tensor["data_offsets"]
        if begin != at or end < begin or start + end > size:
            words = f"is incomplete: bytes of {_short(name)} are missing"
            raise Unproved("adapter_invalid", f"{path} {words}.")
        at = end
    if start + at != size or not tensors:
        raise Unproved(
            "adapter_invalid", f"{path}: its size, {size} bytes, does not match its header."
        )
    return start, tensors


def _read_header(path: Path, file: BinaryIO, size: int) -> tuple[int, dict[str, dict[str, Any]]]:
    first = file.read(8)
    if len(first) < 8:
        raise Unproved("adapter_invalid", f"{path} is truncated: {size} bytes.")
    (length,) = struct.unpack("<Q", first)
    if length > size - 8:
        raise Unproved("adapter_invalid", f"{path} is truncated or not a safetensors file.")
    if length > HEADER_LIMIT:
        raise Unproved(
            "adapter_invalid", f"{path} has a header of more than {HEADER_LIMIT:,} bytes."
        )
    try:
        header = json.loads(file.read(length), parse_int=_dimension)
        header.pop("__metadata__", None)
        for name, tensor in header.items():
            _check_tensor(name, tensor)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        words = f"has a damaged header: {_short(str(error))}"
        raise Unproved("adapter_invalid", f"{path} {words}") from None
    return 8 + length, header


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"


def _dimension(digits: str) -> int:
    """A number of a header. One of thousands of digits would take seconds to reckon with."""
    number = int(digits) if len(digits) <= len(str(_LARGEST)) else -1
    if not 0 <= number < _LARGEST:
        raise ValueError(f"{digits[:30]} is no size")
    return number


def _check_tensor(name: str, tensor: Mapping[str, Any]) -> None:
    """See that a tensor's bytes are those of its shape. Raises: ValueError, TypeError, KeyError."""
    shape, (begin, end), bits = tensor["shape"], tensor["data_offsets"], _BITS[tensor["dtype"]]
    if not isinstance(shape, list) or len(shape) > MOST_DIMENSIONS:
        raise ValueError(f"the shape of {_short(name)} is none")
    if not all(type(size) is int for size in (*shape, begin, end)):
        raise ValueError(f"{_short(name)} has a size that is no whole number")
    if 8 * (end - begin) != bits * math.prod(shape):
        raise ValueError(f"the bytes of {_short(name)} do not match its shape")


def _prove_finite(path: Path, name: str, dtype: str, file: BinaryIO, at: int, length: int) -> None:
    if dtype not in _NOT_FINITE:
        return
    width, parts = _NOT_FINITE[dtype]
    file.seek(at)
    while length > 0:
        data = file.read(min(_CHUNK, length))
        if not data:
            return  # the size check of the caller names it
        length -= len(data)
        found = -1
        for offset, table in parts:
            found &= int.from_bytes(data[offset::width].translate(table), "little")
        if found:
            raise Unproved("nan_weights", f"{path}: {_short(name)} holds NaN or infinity.")
