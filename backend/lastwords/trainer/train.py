"""The training itself: transformers' Trainer with exact checkpoints, metrics and a clean stop.

Covered: the first NaN or infinite loss ends the run; SIGTERM saves a checkpoint after the step
under way; a resumed training sees the batches it would have seen.
Not covered: more than one GPU.
"""

import json
import math
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

import torch
from transformers import (
    PreTrainedModel,
    PreTrainedTokenizerBase,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)

from lastwords.trainer.arguments import Arguments
from lastwords.trainer.batches import Collator, LikeLengths, Rows
from lastwords.trainer.checkpoints import Checkpoint, Checkpoints
from lastwords.trainer.model import Precision, check_finite
from lastwords.trainer.reporting import Events, bars_fit, log

LOSSES = "losses.json"
PROGRESS_SECONDS = 0.5
SAME_SIGNAL_SECONDS = 1.0  # one stop may reach us twice: alone and with the group
METRIC_POINTS = 100  # metric lines a training writes, about


class NonFiniteLoss(ArithmeticError):
    """The loss is NaN or infinite, and from here on so is every weight."""


class Losses:
    """The sum and number of the losses of each epoch."""

    def __init__(self) -> None:
        self._epochs: dict[int, tuple[float, int]] = {}

    def add(self, epoch: int, loss: float) -> None:
        """Count one step's loss."""
        total, steps = self._epochs.get(epoch, (0.0, 0))
        self._epochs[epoch] = (total + loss, steps + 1)

    @property
    def means(self) -> list[float]:
        """The mean loss of each epoch, the first epoch first."""
        return [total / steps for _, (total, steps) in sorted(self._epochs.items())]

    def save(self, path: Path) -> None:
        """Write them down beside a checkpoint."""
        path.write_text(json.dumps({str(epoch): sums for epoch, sums in self._epochs.items()}))

    def load(self, path: Path) -> None:
        """Go on from what a checkpoint knew."""
        saved = json.loads(path.read_text())
        self._epochs = {int(epoch): (total, steps) for epoch, (total, steps) in saved.items()}


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
            log.warning("SIGTERM: stopping after the step under way, with a checkpoint")

    def die(self) -> None:
        """End by SIGTERM itself, so that whoever waits sees the true signal."""
        sys.stdout.flush()
        sys.stderr.flush()
        self.forget()
        os.kill(os.getpid(), signal.SIGTERM)


class Witness(TrainerCallback):  # type: ignore[misc]
    """Writes progress and metrics as events, and asks for checkpoints in time."""

    def __init__(self, events: Events, stop: Stop, checkpoint_seconds: float) -> None:
        self._events = events
        self._stop = stop
        self._every = checkpoint_seconds
        self._progress_at = -math.inf
        self._saved_at = time.monotonic()

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object
    ) -> None:
        """After each optimiser step."""
        now = time.monotonic()
        last = state.global_step == state.max_steps
        if last or now - self._progress_at >= PROGRESS_SECONDS:
            self._progress_at = now
            self._events.progress(state.global_step, state.max_steps, state.epoch)
        if now - self._saved_at >= self._every:
            control.should_save = True
        if self._stop.requested:
            control.should_save = True
            control.should_training_stop = True

    def on_save(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object
    ) -> None:
        """After each checkpoint."""
        self._saved_at = time.monotonic()

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **_: object,
    ) -> None:
        """After each of Trainer's own log lines; the last one is a summary without a loss."""
        self._events.trainer_log(state.global_step, state.epoch, logs or {})


class AdapterTrainer(Trainer):  # type: ignore[misc]
    """transformers' Trainer, with our order of examples, our checkpoints and an eye on the loss."""

    rows: Rows
    vault: Checkpoints
    events: Events
    losses: Losses
    _desk: Path | None = None

    def _get_train_sampler(self, train_dataset: Rows | None = None) -> LikeLengths:
        lengths = [row.length for row in self.rows.rows]
        return LikeLengths(lengths, self.args.train_batch_size, self.args.seed)

    def training_step(self, *inputs: object, **named: object) -> torch.Tensor:
        """One forward and backward pass; the optimiser's step follows only on a finite loss."""
        loss: torch.Tensor = super().training_step(*inputs, **named)
        self._watch(loss.item())
        return loss

    def _watch(self, loss: float) -> None:
        step, epoch = self.state.global_step + 1, self.state.epoch or 0.0
        self.losses.add(int(epoch + 1e-9), loss)
        if not math.isfinite(loss):
            self.events.metric(step, epoch, {"loss": loss, "learningRate": None, "gradNorm": None})
            raise NonFiniteLoss(
                f"loss is {loss} at step {step} of {self.state.max_steps} (epoch {epoch:.2f}):"
                " try a smaller --learning-rate, or look for odd examples"
            )

    def _get_output_dir(self, trial: object) -> str:
        return str(self._desk or self.args.output_dir)

    def _save_checkpoint(self, model: PreTrainedModel, trial: object) -> None:
        step = self.state.global_step
        check_finite(self.model)  # or every retry would go on from NaN
        with self.vault.saving(step) as desk:
            self._desk = desk
            super()._save_checkpoint(model, trial)
            self._desk = None
            draft = desk / f"checkpoint-{step}"
            (draft / "training_args.bin").unlink(missing_ok=True)  # a pickle nobody needs
            self.losses.save(draft / LOSSES)
        self.events.write("checkpoint", step=step, path=f"checkpoints/checkpoint-{step}")
        log.info("checkpoint checkpoints/checkpoint-%d saved", step)


def make_trainer(
    arguments: Arguments,
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    rows: Rows,
    precision: Precision,
    vault: Checkpoints,
    events: Events,
    stop: Stop,
) -> AdapterTrainer:
    """Everything the training needs, in one Trainer."""
    trainer = AdapterTrainer(
        model=model,
        args=_training_arguments(arguments, rows, precision, vault.folder),
        train_dataset=rows,
        data_collator=Collator(tokenizer.pad_token_id),
        processing_class=tokenizer,
        callbacks=[Witness(events, stop, arguments.checkpoint_seconds)],
    )
    trainer.rows, trainer.vault, trainer.events = rows, vault, events
    trainer.losses = Losses()
    return trainer


def total_steps(arguments: Arguments, samples: int) -> int:
    """The optimiser steps of the whole training."""
    return math.ceil(samples / arguments.batch_size) * arguments.epochs


def _training_arguments(
    arguments: Arguments, rows: Rows, precision: Precision, folder: Path
) -> TrainingArguments:
    return TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=arguments.epochs,
        per_device_train_batch_size=arguments.batch_size,
        learning_rate=arguments.learning_rate,
        seed=arguments.seed,
        bf16=precision.is_bf16,
        use_cpu=not torch.cuda.is_available(),
        save_strategy="epoch",
        logging_steps=max(1, total_steps(arguments, len(rows)) // METRIC_POINTS),
        logging_first_step=True,
        logging_nan_inf_filter=False,  # it shows a running mean in place of NaN
        remove_unused_columns=False,  # rows are objects, the collator knows them
        dataloader_pin_memory=torch.cuda.is_available(),
        disable_tqdm=not bars_fit(),
        report_to="none",
    )


def fit(trainer: AdapterTrainer, checkpoint: Checkpoint | None, stop: Stop) -> None:
    """Train to the end, or until SIGTERM, of which the process then dies."""
    if checkpoint is not None:
        trainer.losses.load(checkpoint.folder / LOSSES)
    stop.listen()
    trainer.train(resume_from_checkpoint=str(checkpoint.folder) if checkpoint else None)
    stop.forget()
    if stop.requested:
        state = trainer.state
        log.warning(
            "stopped by SIGTERM after step %d of %d; checkpoint checkpoints/checkpoint-%d",
            state.global_step,
            state.max_steps,
            state.global_step,
        )
        stop.die()
