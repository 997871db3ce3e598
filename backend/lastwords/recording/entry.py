"""Where a recorder begins: it starts the command, and only then loads what will watch it.

python -I -S -c '…' ATTEMPT_FOLDER DESCRIPTOR [PIPE]    (see `recorder.start`)
"""

from __future__ import annotations

import errno
import os

from lastwords.recording.startup import Started

_LOADED_SLOWLY = ("typing", "json", "pathlib", "subprocess", "lastwords.recording.monitor")


def main(attempt: str, descriptor: int, end_to: int | None = None, *terminal: int) -> None:
    """Fork away from the launcher, start the command, and record it.

    descriptor: on a file that holds spec.json, the working folder and the command, each ended by a
    NUL. end_to: a pipe for the result. terminal: both ends of one for the command.
    """
    if os.fork():
        os._exit(0)
    os.setsid()
    for passed in terminal if end_to is None else (end_to, *terminal):
        os.set_inheritable(passed, False)
    spec, directory, *command = _read_all(descriptor).split("\0")[:-1]
    try:
        started = Started(attempt, directory, command, terminal)
    except OSError as error:
        _refuse(error, attempt)
        return
    for name in _LOADED_SLOWLY:
        __import__(name)
        started.mark_time()
    from lastwords.recording.monitor import record

    record(attempt, spec, started, end_to)
    os._exit(0)  # Python takes 10 ms to tidy up what the kernel takes away anyway


def _refuse(error: OSError, attempt: str) -> None:
    import json

    from lastwords.recording.recorder import REFUSED, launch_error

    at = str(error.filename or attempt)
    what = "run folder" if at.startswith(attempt) else "system file"
    launch = launch_error(error.errno or errno.EIO, at, what)
    os.write(1, REFUSED + json.dumps(launch).encode())


def _read_all(descriptor: int) -> str:
    size = os.fstat(descriptor).st_size
    text = os.pread(descriptor, size, 0)
    os.close(descriptor)
    return os.fsdecode(text)
