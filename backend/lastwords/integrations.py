"""Lastwords in your own script, in one line (transformers' Trainer).

    trainer.add_callback(LastwordsCallback())

Under `lastwords run` the page then shows progress and the loss curve. Without it the callback does
nothing, so that the line can stay.
"""

from __future__ import annotations

import os
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from lastwords.trainer.reporting import Events


class LastwordsCallback(TrainerCallback):  # type: ignore[misc]
    """Reports steps and metrics of transformers' Trainer through the file in LASTWORDS_EVENTS."""

    def __init__(self) -> None:
        self._events = Events(os.environ.get("LASTWORDS_EVENTS") or None)

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        self._events.write("stage_started", stage="train")
        if state.global_step:
            self._events.write("resumed", step=state.global_step)

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        self._events.progress(state.global_step, state.max_steps, state.epoch)

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **_: Any,
    ) -> None:
        self._events.trainer_log(state.global_step, state.epoch, logs or {})

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        self._events.write("stage_ended", stage="train")
