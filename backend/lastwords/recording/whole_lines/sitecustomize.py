# mypy: allow-untyped-defs, allow-untyped-calls, disable-error-code="union-attr"
"""Has a recorded Python program write whole lines, as it would on a terminal.

PYTHONUNBUFFERED writes each piece of a `print` by itself, so that lines of several processes tear.
Python imports this by its name, for our folder is the first in PYTHONPATH; where it does not, the
program stays unbuffered. It runs in any program under any Python: nothing here may fail, be
noticed, or take time.
"""

import os
import sys


def _write_whole_lines():
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream.write_through:
                stream.reconfigure(line_buffering=True, write_through=False)
        except (AttributeError, ValueError, OSError):  # closed, or an old Python
            pass


def _import_hidden():
    """Import the sitecustomize that ours stands before, if there is one."""
    here = __file__.rpartition(os.sep)[0]
    own = sys.modules.pop(__name__)
    sys.path[:] = [path for path in sys.path if path != here]
    try:
        __import__(__name__)
    except ImportError as error:
        if getattr(error, "name", __name__) != __name__:
            raise
    finally:
        sys.modules.setdefault(__name__, own)


_write_whole_lines()
_import_hidden()
