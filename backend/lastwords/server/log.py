"""The server's own log on stderr: one line a fact, masked; no text in it can forge another."""

from __future__ import annotations

import logging
from functools import cached_property
from typing import TYPE_CHECKING

from lastwords.config import Config
from lastwords.presentation.terminal import visible
from lastwords.security.known_secrets import secret_values

if TYPE_CHECKING:
    from lastwords.diagnosis.masking import Masker


class SafeFormatter(logging.Formatter):
    """Time, level and message; control characters are seen, secrets are not."""

    def __init__(self, config: Config) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")
        self._values = secret_values(config)

    @cached_property
    def _masker(self) -> Masker:
        """Made with the first line: a start that has nothing to say need not wait for it."""
        from lastwords.diagnosis.masking import Masker

        return Masker(self._values)

    def formatMessage(self, record: logging.LogRecord) -> str:
        line = super().formatMessage(record)
        return line.replace("\r", "␍").replace("\n", "␊").replace("\x1b", "␛")

    def format(self, record: logging.LogRecord) -> str:
        return visible(self._masker.whole(super().format(record)).text)


def begin(config: Config) -> None:
    """Log to stderr from now on."""
    shown = logging.StreamHandler()
    shown.setFormatter(SafeFormatter(config))
    logging.basicConfig(level=logging.INFO, handlers=[shown])
