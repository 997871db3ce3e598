"""A file read in windows says what its bytes say, also while somebody cuts it short."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from lastwords.logs.filebytes import WINDOW, FileBytes


@settings(max_examples=60, deadline=None)
@given(st.text("ab\n", max_size=12), st.text("ab\n", min_size=1, max_size=3), st.data())
@example("a" * 12, "a" * 3, None)
def test_it_answers_as_bytes_do(text: str, needle: str, data: st.DataObject | None) -> None:
    """Each letter stands for a third of a window, so that the edges fall everywhere."""
    whole = text.encode().replace(b"a", b"x" * (WINDOW // 3))
    position = st.integers(0, len(whole))
    start, end = (data.draw(position), data.draw(position)) if data else (1, len(whole) - 1)
    wanted = needle.encode().replace(b"a", b"x" * 7)
    with tempfile.TemporaryFile() as file:
        file.write(whole)
        file.flush()
        read = FileBytes(file.fileno(), len(whole))
        for at in (start, end):
            assert read[at : at + 9] == whole[at : at + 9]
            assert read.find(wanted, at) == whole.find(wanted, at)
            assert read.rfind(wanted, 0, at) == whole.rfind(wanted, 0, at)
        assert read.find(wanted, start, end) == whole.find(wanted, start, end)
        assert read.rfind(wanted, start, end) == whole.rfind(wanted, start, end)
        assert read[start:end] == whole[start:end]
        assert (len(read), read[:]) == (len(whole), whole)


CUT_WHILE_IT_IS_EXPLAINED = textwrap.dedent("""
    import os, sys
    from lastwords.diagnosis import Ending, explain
    from lastwords.logs.filebytes import FileBytes

    class CutAtTheFirstSearch(FileBytes):
        def rfind(self, *args):
            os.ftruncate(file, 1 << 20)
            return super().rfind(*args)

    file = os.open(sys.argv[1], os.O_RDWR)
    log = CutAtTheFirstSearch(file, os.fstat(file).st_size)
    explanation = explain(log, Ending(status="failed", exit_code=1))
    print(explanation.headline, explanation.cause)
""")


def test_a_log_that_is_cut_short_while_it_is_explained_ends_nothing(tmp_path: Path) -> None:
    log = tmp_path / "output.log"
    log.write_bytes(b"step 1 loss 2.0\n" * (1 << 18) + b"ValueError: gone\n")
    done = subprocess.run(
        [sys.executable, "-c", CUT_WHILE_IT_IS_EXPLAINED, str(log)], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "Ended with exit code 1 unknown\n"
    assert log.stat().st_size == 1 << 20


def test_the_bytes_that_are_gone_read_as_nul(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"abcdef")
    with (tmp_path / "log").open("r+b") as file:
        read = FileBytes(file.fileno(), 6)
        os.truncate(tmp_path / "log", 2)
        assert (read[:], read.find(b"c"), len(read)) == (b"ab\0\0\0\0", -1, 6)
