"""The counts of a log's index: the same with numpy and without, and of a file that shrank."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lastwords.logs.newlines import BLOCK, per_block

BLOCKS = 80  # more than one chunk of a thread


@pytest.fixture
def log(tmp_path: Path) -> Iterator[int]:
    path = tmp_path / "output.log"
    letters = random.Random(1).choices(b"ab\n\r\x00\xff", k=BLOCKS * BLOCK + 17)
    path.write_bytes(bytes(letters))
    descriptor = os.open(path, os.O_RDWR)
    yield descriptor
    os.close(descriptor)


@pytest.fixture(params=["with numpy", "without numpy"], autouse=True)
def _counting(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lastwords.logs.newlines.LARGE", 0)
    if request.param == "without numpy":
        monkeypatch.setitem(sys.modules, "numpy", None)


def test_each_block_is_counted_once_and_in_order(log: int) -> None:
    found = list(per_block(log, 0, BLOCKS * BLOCK))
    whole = os.pread(log, BLOCKS * BLOCK, 0)
    assert found == [whole.count(b"\n", at, at + BLOCK) for at in range(0, len(whole), BLOCK)]


def test_counting_goes_on_from_any_block(log: int) -> None:
    whole = list(per_block(log, 0, BLOCKS * BLOCK))
    assert list(per_block(log, 70 * BLOCK, BLOCKS * BLOCK)) == whole[70:]
    assert list(per_block(log, BLOCK, BLOCK)) == []


def test_a_file_cut_short_gives_the_blocks_it_still_has(log: int) -> None:
    os.ftruncate(log, 3 * BLOCK + 5)
    assert len(list(per_block(log, 0, BLOCKS * BLOCK))) == 3


def test_the_server_reads_numpy_for_no_small_log() -> None:
    code = "import sys, lastwords.api, lastwords.logs.logfile; print('numpy' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert said.stdout == b"False\n"
