"""The callback for Lightning: `lightning` and the older `pytorch_lightning`."""

from __future__ import annotations

import math
import time
from typing import Any

try:
    from lightning.pytorch import Callback
except ImportError:
    from pytorch_lightning import Callback

from lastwords.trainer.reporting import PROGRESS_SECONDS, Events, events_of_process


class LightningCallback(Callback):  # type: ignore[misc]
    """Reports what a module logs whenever it changed, and the steps, of the first process."""

    def __init__(self) -> None:
        self._events = events_of_process()
        self._known: dict[str, float] = {}
        self._told_at = 0.0

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        self._leading(trainer).write("stage_started", stage="train")

    def on_train_batch_end(self, trainer: Any, pl_module: Any, *_: Any, **__: Any) -> None:
        if trainer.global_step % max(1, trainer.log_every_n_steps or 1) == 0:
            self._tell(trainer)
        now = time.monotonic()
        if now - self._told_at > PROGRESS_SECONDS:
            self._told_at = now
            self._tell_progress(trainer)

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        self._tell(trainer)
        self._tell_progress(trainer)

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        if not trainer.sanity_checking:
            self._tell(trainer)

    def on_test_end(self, trainer: Any, pl_module: Any) -> None:
        self._tell(trainer)

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        self._leading(trainer).write("stage_ended", stage="train")

    def _tell(self, trainer: Any) -> None:
        """Tell the numbers that changed: those of a validation stay until the next one."""
        now = {name: float(value) for name, value in trainer.callback_metrics.items()}
        changed = {name: value for name, value in now.items() if self._known.get(name) != value}
        self._known = now
        if changed:
            self._leading(trainer).log(changed, trainer.global_step, float(trainer.current_epoch))

    def _tell_progress(self, trainer: Any) -> None:
        steps = trainer.estimated_stepping_batches
        total = int(steps) if math.isfinite(steps) and steps > 0 else None
        self._leading(trainer).progress(trainer.global_step, total, trainer.current_epoch)

    def _leading(self, trainer: Any) -> Events:
        return self._events if trainer.is_global_zero else Events(None)
