"""The callback for transformers' Trainer, and for the trainers of trl and sentence-transformers."""

from __future__ import annotations

import time
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from lastwords.trainer.reporting import PROGRESS_SECONDS, Events, events_of_process


class LastwordsCallback(TrainerCallback):  # type: ignore[misc]
    """Reports every step and every number that the Trainer logs, of the first process."""

    def __init__(self) -> None:
        self._events = events_of_process()
        self._told_at = 0.0

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        events = self._leading(state)
        events.write("stage_started", stage="train")
        if state.global_step:
            events.write("resumed", step=state.global_step)

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        now = time.monotonic()
        if now - self._told_at > PROGRESS_SECONDS or state.global_step == state.max_steps:
            self._told_at = now
            self._leading(state).progress(state.global_step, state.max_steps, state.epoch)

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **_: Any,
    ) -> None:
        self._leading(state).log(logs or {}, state.global_step, state.epoch)

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        self._leading(state).write("stage_ended", stage="train")

    def _leading(self, state: TrainerState) -> Events:
        return self._events if state.is_world_process_zero else Events(None)
