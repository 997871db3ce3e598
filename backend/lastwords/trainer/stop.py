"""A clean end on SIGTERM."""

import os
import signal
import sys
import time
from types import FrameType

from lastwords.trainer.reporting import log

SAME_SIGNAL_SECONDS = 1.0  # one stop may reach us twice: alone and with the group


class Stop:
    """Turns SIGTERM into a wish; a later SIGTERM ends the process where it is."""

    def __init__(self) -> None:
        self.requested = False
        self._heard_at = 0.0

    def listen(self) -> None:
        """Catch SIGTERM from now on."""
        signal.signal(signal.SIGTERM, self._heard)

    def forget(self) -> None:
        """Let SIGTERM end the process again."""
        signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def _heard(self, number: int, frame: FrameType | None) -> None:
        if self.requested and time.monotonic() - self._heard_at > SAME_SIGNAL_SECONDS:
            self.die()
        if not self.requested:
            self.requested, self._heard_at = True, time.monotonic()
            log.warning("SIGTERM: stopping after the current step, with a checkpoint")

    def die(self) -> None:
        """End by SIGTERM itself, so that whoever waits sees the true signal."""
        sys.stdout.flush()
        sys.stderr.flush()
        self.forget()
        os.kill(os.getpid(), signal.SIGTERM)
