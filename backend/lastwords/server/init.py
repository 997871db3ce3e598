"""What the first process of a container must do: pass signals on, and bury the dead.

Whoever dies without a parent becomes a child of pid 1 (each run's recorder does), and stays a
zombie that holds its pid until pid 1 asks for it. The server cannot ask for all of them: it would
take the endings of its own helpers away from those who wait for them.
"""

from __future__ import annotations

import os
import signal
from typing import NoReturn

_PASSED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def stand_before_server() -> bool:
    """Where this is pid 1, stay so and let the server go on in a child; whether it does.

    Returns in the child only, or where this is not pid 1.
    """
    if os.getpid() != 1:
        return False
    server: list[int] = []
    came: list[int] = []

    def pass_on(number: int, _frame: object) -> None:
        came.append(number)
        for pid in server:
            os.kill(pid, number)

    before = {number: signal.signal(number, pass_on) for number in _PASSED_ON}
    if not (child := os.fork()):
        for passed, handler in before.items():
            signal.signal(passed, handler)
        return True
    server.append(child)
    for number in came[:1]:  # which came before there was anybody to hear it
        os.kill(child, number)
    _bury_until(child)


def _bury_until(child: int) -> NoReturn:
    """Take in whoever ends, and end as the server did."""
    while True:
        pid, status = os.wait()
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            os._exit(code if code >= 0 else 128 - code)
