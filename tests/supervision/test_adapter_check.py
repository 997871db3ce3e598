"""The proof of an adapter: every file whole, every number finite, whatever a header claims."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
from tests.supervision.adapters import write_adapter, write_header, write_safetensors

from lastwords.supervision.adapter_check import (
    HEADER_LIMIT,
    Unproved,
    prove_adapter,
    prove_header,
    prove_safetensors,
)


def _why_unproved(folder: Path) -> tuple[str, str]:
    with pytest.raises(Unproved) as caught:
        prove_adapter(folder)
    return caught.value.reason, str(caught.value)


@pytest.mark.parametrize(
    ("dtype", "layout", "finite", "not_finite"),
    [
        ("F64", "<d", [0.0, -1e308, 5e-324], [float("nan"), float("inf"), float("-inf")]),
        ("F32", "<f", [0.0, -3e38, 1e-45], [float("nan"), float("inf"), float("-inf")]),
        ("F16", "<e", [0.0, -65504.0, 6e-8], [float("nan"), float("inf"), float("-inf")]),
    ],
)
def test_only_nan_and_infinity_are_not_finite(
    tmp_path: Path, dtype: str, layout: str, finite: list[float], not_finite: list[float]
) -> None:
    path = tmp_path / "w.safetensors"
    good = b"".join(struct.pack(layout, value) for value in finite)
    write_safetensors(path, good, dtype=dtype, shape=[len(finite)])
    prove_safetensors(path)
    for value in not_finite:
        data = good + struct.pack(layout, value)
        write_safetensors(path, data, dtype=dtype, shape=[len(finite) + 1])
        with pytest.raises(Unproved) as caught:
            prove_safetensors(path)
        assert caught.value.reason == "nan_weights"


def test_a_nan_in_bfloat16_is_found(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    write_safetensors(path, b"\x00\x3f\x80\x7f", dtype="BF16", shape=[2])
    with pytest.raises(Unproved, match="NaN"):
        prove_safetensors(path)


def test_whole_numbers_are_finite_whatever_their_bits(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    write_safetensors(path, b"\xff" * 8, dtype="I64", shape=[1])
    prove_safetensors(path)


@pytest.mark.parametrize(
    "tensor",
    [
        {"data_offsets": [0, 4]},
        {"data_offsets": [4, 8]},
        {"data_offsets": [0, 800], "shape": [200]},
        {"data_offsets": [8, 0]},
        {"data_offsets": ["0", "8"]},
        {"data_offsets": [0]},
        {"data_offsets": [0.0, 8.0]},
        {"dtype": "F31"},
        {"dtype": ["F32"]},
        {"shape": [3]},
        {"shape": "2"},
        {"shape": None},
    ],
)
def test_a_header_that_does_not_fit_is_no_adapter(tmp_path: Path, tensor: dict[str, Any]) -> None:
    path = tmp_path / "w.safetensors"
    write_safetensors(path, b"\0" * 8, **tensor)
    with pytest.raises(Unproved) as caught:
        prove_safetensors(path)
    assert caught.value.reason == "adapter_invalid" and str(path) in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [b"", b"1234567", b"\xff" * 8, b"\x02" + b"\0" * 7 + b"{}", b"\x02" + b"\0" * 7 + b"[]"],
)
def test_a_file_that_is_no_safetensors_is_no_adapter(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(content)
    with pytest.raises(Unproved):
        prove_safetensors(path)


def test_what_the_safetensors_library_writes_is_proved(tmp_path: Path) -> None:
    numpy = pytest.importorskip("numpy")
    save_file = pytest.importorskip("safetensors.numpy").save_file
    (tmp_path / "adapter_config.json").write_text("{}")
    arrays = {
        "b": numpy.ones((3, 5), dtype="float16"),
        "a": numpy.arange(4, dtype="int64"),
        "scalar": numpy.array(2.0, dtype="float32"),
    }
    save_file(arrays, tmp_path / "adapter_model.safetensors", metadata={"format": "pt"})
    prove_adapter(tmp_path)


# --- what was once taken for an adapter, or for nothing at all -----------------------------------


@pytest.mark.parametrize("content", ["[1, 2, 3]", '"abc"', "5", "null", "true"])
def test_an_adapter_config_must_be_an_object(tmp_path: Path, content: str) -> None:
    write_adapter(tmp_path, 0.5)
    (tmp_path / "adapter_config.json").write_text(content)
    assert _why_unproved(tmp_path)[0] == "adapter_invalid"


def test_a_tensor_without_a_number_is_no_weights(tmp_path: Path) -> None:
    write_adapter(tmp_path)
    reason, words = _why_unproved(tmp_path)
    assert reason == "adapter_invalid" and "holds no number" in words


def test_an_empty_tensor_beside_others_is_no_fault(tmp_path: Path) -> None:
    write_adapter(tmp_path, 0.5)
    write_safetensors(tmp_path / "more.safetensors", b"")
    prove_adapter(tmp_path)


@pytest.mark.parametrize(
    ("dtype", "finite", "not_finite"),
    [
        ("F8_E4M3", b"\x00\x7e\xfe\x80", (b"\x7f", b"\xff")),
        ("F8_E5M2", b"\x00\x7b\xfb\x80", (b"\x7c", b"\x7d", b"\x7f", b"\xfc", b"\xff")),
        ("F8_E8M0", b"\x00\x7f\xfe", (b"\xff",)),
        ("F8_E4M3FNUZ", b"\x00\x7f\xff", (b"\x80",)),
        ("F8_E5M2FNUZ", b"\x00\x7c\xff", (b"\x80",)),
    ],
)
def test_a_nan_of_eight_bits_is_found(
    tmp_path: Path, dtype: str, finite: bytes, not_finite: tuple[bytes, ...]
) -> None:
    path = tmp_path / "w.safetensors"
    write_safetensors(path, finite, dtype=dtype, shape=[len(finite)])
    assert prove_safetensors(path) == len(finite)
    for bad in not_finite:
        write_safetensors(path, finite + bad, dtype=dtype, shape=[len(finite) + 1])
        with pytest.raises(Unproved) as caught:
            prove_safetensors(path)
        assert caught.value.reason == "nan_weights"


def test_a_complex_number_is_two_floats(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    write_safetensors(path, struct.pack("<2f", 1.0, 2.0), dtype="C64", shape=[1])
    assert prove_safetensors(path) == 1
    write_safetensors(path, struct.pack("<2f", 1.0, float("nan")), dtype="C64", shape=[1])
    with pytest.raises(Unproved, match="NaN"):
        prove_safetensors(path)


@pytest.mark.parametrize(("dtype", "count"), [("F4", 4), ("F6_E2M3", 8), ("F6_E3M2", 8)])
def test_numbers_of_less_than_a_byte_fill_whole_bytes(
    tmp_path: Path, dtype: str, count: int
) -> None:
    size = count * int(dtype[1]) // 8
    write_safetensors(tmp_path / "w", b"\xff" * size, dtype=dtype, shape=[count])
    assert prove_safetensors(tmp_path / "w") == count


@pytest.mark.parametrize(
    "shape",
    [
        ["a", 10**11],
        [10**4000, 10**4000],
        [2**63],
        [-1, -2],
        [True, 2],
        [1.0, 2.0],
        [1] * 17,
        [[2]],
        {"0": 2},
    ],
)
def test_a_shape_that_is_none_is_said_and_not_reckoned_with(tmp_path: Path, shape: object) -> None:
    header = f'{{"w":{{"dtype":"F32","shape":{json.dumps(shape)},"data_offsets":[0,8]}}}}'
    write_header(tmp_path / "w.safetensors", header.encode(), bytes(8))
    with pytest.raises(Unproved, match="damaged header"):
        prove_safetensors(tmp_path / "w.safetensors")


def test_sixteen_dimensions_are_a_shape(tmp_path: Path) -> None:
    write_safetensors(tmp_path / "w", bytes(8), shape=[1] * 15 + [2])
    assert prove_header(tmp_path / "w") == 2


def test_a_header_of_endless_numbers_is_refused_at_the_first(tmp_path: Path) -> None:
    numbers = ",".join(["9" * 4000] * 2000)  # 8 MB, which took minutes in math.prod
    header = f'{{"w":{{"dtype":"F32","shape":[{numbers}],"data_offsets":[0,8]}}}}'
    write_header(tmp_path / "w", header.encode(), bytes(8))
    with pytest.raises(Unproved, match="is no size"):
        prove_safetensors(tmp_path / "w")


def test_a_header_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    write_header(tmp_path / "w", b"{" + b" " * HEADER_LIMIT)
    with pytest.raises(Unproved, match="header of more than"):
        prove_safetensors(tmp_path / "w")


@pytest.mark.parametrize(
    "index",
    [
        {"weight_map": {"w": "x" * 5000}},
        {"weight_map": {"w": "a\0b"}},
        {"weight_map": {"w": "gone.safetensors"}},
        {"weight_map": {"w": 5}},
        {"weight_map": ["w"]},
        [],
        {},
    ],
)
def test_an_index_that_names_what_is_not_there_is_no_adapter(tmp_path: Path, index: object) -> None:
    write_adapter(tmp_path, 0.5)
    (tmp_path / "adapter_model.safetensors.index.json").write_text(json.dumps(index))
    assert _why_unproved(tmp_path)[0] == "adapter_invalid"


def test_a_folder_that_cannot_be_entered_holds_no_adapter(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    for folder in (tmp_path / "loop", tmp_path / ("x" * 300), tmp_path / "file" / "below"):
        (tmp_path / "file").touch()
        assert _why_unproved(folder)[0] in ("adapter_invalid", "exit0_no_adapter")
