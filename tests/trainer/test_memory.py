"""What a training takes, and how its batches are divided to fit."""

from pathlib import Path

import pytest
from tests.trainer.kit import make_llama

from lastwords.trainer.memory import (
    MARGIN,
    Load,
    Shape,
    divide,
    needed,
    read_shape,
    rows_that_fit,
)

SMOL = Shape(parameters=134_515_008, layers=30, hidden=576, heads=9, vocabulary=49_152)


def test_the_shape_comes_from_configuration_and_weights(tmp_path: Path) -> None:
    shape = read_shape(make_llama(tmp_path))
    assert (shape.layers, shape.hidden, shape.heads) == (2, 32, 4)
    assert shape.parameters > 2 * shape.vocabulary * shape.hidden


@pytest.mark.parametrize("limit", [2 << 30, 4 << 30, 8 << 30])
def test_the_rows_that_fit_do_and_one_more_does_not(limit: int) -> None:
    rows = rows_that_fit(SMOL, Load(1, 400, 100), limit)
    assert needed(SMOL, Load(rows, 400, 100)) <= limit < needed(SMOL, Load(rows + 1, 400, 100))


@pytest.mark.parametrize(
    ("batch", "asked", "fitting", "parts"),
    [(8, 1, 8, 1), (8, 1, 100, 1), (8, 1, 3, 3), (8, 4, 8, 4), (7, 1, 1, 7)],
)
def test_a_batch_is_divided_as_far_as_it_must(
    batch: int, asked: int, fitting: int, parts: int
) -> None:
    one = Load(1, 400, 100)
    limit = int(MARGIN * needed(SMOL, Load(fitting, 400, 100))) + 1
    found = divide(SMOL, one, batch, asked, limit)
    assert found.parts == parts
    assert found.bytes == needed(SMOL, Load(found.rows, 400, 100)) <= limit / MARGIN


def test_a_limit_that_no_example_keeps_is_refused() -> None:
    with pytest.raises(MemoryError, match="not even one example fits within --memory-limit"):
        divide(SMOL, Load(1, 400, 100), 8, 1, 100 << 20)


@pytest.mark.parametrize(
    ("load", "mebibytes"),
    [
        (Load(2, 46, 8, 2), 869),
        (Load(16, 46, 8, 2), 1428),
        (Load(8, 46, 8, 4), 1503),
        (Load(4, 529, 196, 2), 2989),
        (Load(2, 504, 185, 4), 2778),
    ],
)
def test_the_estimate_is_near_peaks_that_were_measured(load: Load, mebibytes: int) -> None:
    """SmolLM2-135M with LoRA, by python -m bench.estimate."""
    assert needed(SMOL, load) / 2**20 == pytest.approx(mebibytes, rel=0.15)
