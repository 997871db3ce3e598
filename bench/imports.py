"""Importing a history: a thousand logs of a megabyte."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from bench.figure import Figure

LOGS, BYTES = 1_000, 1_000_000
ALLOWED = 60.0  # seconds, on two cores
_ENDS = (
    b"torch.OutOfMemoryError: CUDA out of memory. Tried to allocate %d MiB\n",
    b"ModuleNotFoundError: No module named 'peft%d'\n",
    b"KeyError: 'label%d'\n",
)
_ERROR = (
    b'Traceback (most recent call last):\n  File "train.py", line 7, in <module>\n    train()\n'
)


def import_1000(place: Path) -> Figure:
    """`lastwords import` of 1,000 logs of 1 MB, of which three in four end in an error."""
    folder, home = place / "history", place / "imported"
    folder.mkdir()
    line = b"2026-01-01 00:00:00 step %9d of 99999999: loss 0.4%05d, grad 1.2, lr 5e-05 and so on\n"
    body = b"".join(line % (step, step % 99_991) for step in range(BYTES // 87))
    for number in range(LOGS):
        end = _ERROR + _ENDS[number % 4] % number if number % 4 < 3 else b"saved\n"
        (folder / f"run{number:04}.log").write_bytes(b"run %d\n" % number + body + end)
    begun = time.perf_counter()
    command = [sys.executable, "-m", "lastwords", "import", "--home", str(home), str(folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    seconds = time.perf_counter() - begun
    assert done.stdout.startswith(b"1000 logs: 750 failed"), done.stdout
    return Figure(seconds, ALLOWED, 1.0, "s", "the minute allowed", 1)
