# mypy: allow-untyped-defs, allow-untyped-calls, disable-error-code="union-attr"
"""Has recorded Python programs that have company write whole lines, as they would on a terminal.

PYTHONUNBUFFERED writes each piece of a `print` by itself, so that lines of several processes tear.
A command alone may do so, and nothing that it said is ever lost; once it starts another process,
and in every process but the command itself, output is by lines. Python imports this by its name,
for our folder is the first in PYTHONPATH; where it does not, output stays unbuffered. It runs in
any program under any Python: nothing here may fail, be noticed, or take time.
"""

import os
import sys

_STREAMS = (sys.stdout, sys.stderr)


def _is_alone():
    """Whether this is the command itself, which leads its session, and the first Python of it."""
    is_first = os.environ.pop("LASTWORDS_ALONE", None)
    return is_first and os.getsid(0) == os.getpid()


def _write_whole_lines():
    for stream in _STREAMS:
        try:
            if stream.write_through:
                stream.reconfigure(line_buffering=True, write_through=False)
        except (AttributeError, ValueError, OSError):  # closed, or an old Python
            pass


def _before_each_start(then):
    """Have it called before any other process is started, by fork or by the subprocess module."""
    try:
        import _posixsubprocess

        os.register_at_fork(before=then)
        start = _posixsubprocess.fork_exec
    except (ImportError, AttributeError):  # an old Python
        return

    def fork_exec(*arguments):
        then()
        return start(*arguments)

    _posixsubprocess.fork_exec = fork_exec


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


if _is_alone():
    _before_each_start(_write_whole_lines)
else:
    _write_whole_lines()
_import_hidden()
