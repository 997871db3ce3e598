"""`python -m lastwords` is the command `lastwords`."""

import os
import sys
from contextlib import suppress


def _find_our_own_first() -> None:
    """Have Python's modules and ours found before those of the program that is to be recorded.

    PYTHONPATH and, with `python -m`, the working folder are meant for that program, which may well
    have a `click.py` or a `queue.py` of its own.
    """
    theirs = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    with suppress(OSError):  # a working folder that is gone
        named = {os.path.abspath(folder) for folder in theirs} | {os.getcwd()}  # noqa: PTH100, PTH109
        sys.path.sort(key=named.__contains__)


_find_our_own_first()

from lastwords.cli import main  # noqa: E402

if __name__ == "__main__":
    main()
