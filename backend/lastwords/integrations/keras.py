"""The callback for Keras, with any backend."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import keras

from lastwords.trainer.reporting import PROGRESS_SECONDS, events_of_process


class KerasCallback(keras.callbacks.Callback):  # type: ignore[misc]
    """Reports the numbers of every epoch, and about one batch a second."""

    def __init__(self) -> None:
        super().__init__()
        self._events = events_of_process()
        self._told_at = 0.0
        self._epoch = 0
        self._done = 0  # steps of the epochs that are over

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        self._epoch = self._done = 0
        self._events.write("stage_started", stage="train")

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._epoch, self._batches = epoch, 0

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._batches = batch + 1
        now = time.monotonic()
        if now - self._told_at > PROGRESS_SECONDS:
            self._told_at = now
            self._tell(logs, self._epoch + self._batches / (self._steps or self._batches))

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._tell(logs, epoch + 1)
        self._done += self._batches

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        self._events.write("stage_ended", stage="train")

    @property
    def _steps(self) -> int | None:
        return (self.params or {}).get("steps")

    def _tell(self, logs: Mapping[str, Any] | None, epoch: float) -> None:
        epochs = (self.params or {}).get("epochs")
        total = self._steps * epochs if self._steps and epochs else None
        self._events.log(logs or {}, self._done + self._batches, epoch, total)
