"""The training itself: from batches to steps, with exact checkpoints, metrics and a clean stop.

Covered: the first NaN or infinite loss ends the run; SIGTERM saves a checkpoint after the step
under way; a resumed training takes the very steps it would have taken; so does one whose batches
are divided into parts or over processes, up to the order in which floats are added.
Not covered: models that do not fit into one device.
"""

import math
import time
from collections.abc import Sequence

import torch
from transformers import PreTrainedModel

from lastwords.trainer import state as states
from lastwords.trainer.arguments import Arguments
from lastwords.trainer.batches import Collator, LikeLengths, Row, Rows, cut
from lastwords.trainer.checkpoints import Checkpoint, Checkpoints
from lastwords.trainer.losses import AnswerLoss, NonFiniteLoss
from lastwords.trainer.model import check_finite
from lastwords.trainer.ranks import Ranks
from lastwords.trainer.reporting import Events, log
from lastwords.trainer.stop import Stop

PROGRESS_SECONDS = 0.5
METRIC_POINTS = 100  # metric lines a training writes, about


def total_steps(arguments: Arguments, samples: int) -> int:
    """The optimiser steps of the whole training, if it does not stop early."""
    return math.ceil(samples / arguments.batch_size) * arguments.epochs


def pace(step: int, steps: int, warmup: int, schedule: str) -> float:
    """The part of the learning rate that the step (from 0) takes, as transformers schedules it."""
    if step < warmup:
        return step / max(1, warmup)
    done = (step - warmup) / max(1, steps - warmup)
    if schedule == "constant":
        return 1.0
    if schedule == "cosine":
        return 0.5 * (1.0 + math.cos(math.pi * done))
    return max(0.0, 1.0 - done)


class Training:
    """One training: its weights and optimiser, and how far it came."""

    def __init__(
        self,
        arguments: Arguments,
        model: PreTrainedModel,
        loss: AnswerLoss,
        rows: Rows,
        validation: Rows | None,
        collator: Collator,
        ranks: Ranks,
    ) -> None:
        self.arguments = arguments
        self.model = model
        self.rows = rows
        self.validation = validation
        self.ranks = ranks
        self.weights = states.learning(model)
        self.optimiser = torch.optim.AdamW(
            list(self.weights.values()),
            lr=arguments.learning_rate,
            weight_decay=0.0,
            fused=model.device.type == "cpu",  # one pass over all of an adapter's small tensors
        )
        self.state = states.State()
        self.order = LikeLengths(
            [row.length for row in rows.rows], arguments.batch_size, arguments.seed
        )
        self.steps = total_steps(arguments, len(rows))
        self._loss = loss
        self._collate = collator
        # A share of each batch, in as many parts as were asked for.
        share = math.ceil(arguments.batch_size / ranks.size)
        self._part = max(1, math.ceil(share / arguments.accumulation))

    @property
    def epoch(self) -> float:
        """Epochs done so far, with the part of the one under way."""
        return self.state.step / len(self.order)

    def step(self, batch: Sequence[Row], stop_wished: bool) -> tuple[float, float, bool]:
        """One optimiser step; returns its loss, its gradient's norm, and whether any rank stops.

        Raises: NonFiniteLoss, before the optimiser has touched the weights.
        """
        self._seed_step()
        tokens = sum(row.learnt for row in batch)
        total = 0.0
        for part in cut(self.ranks.share(batch), self._part):
            loss = self._loss(self._collate(part)) / tokens
            torch.autograd.backward(loss)
            total += float(loss.detach())
        gradients = [self._gradient(weight) for weight in self.weights.values()]
        total, stops = self.ranks.add_up(gradients, (total, float(stop_wished)))
        self._check(total)
        norm = torch.nn.utils.clip_grad_norm_(
            list(self.weights.values()), self.arguments.max_grad_norm or math.inf
        )
        for group in self.optimiser.param_groups:
            group["lr"] = self.learning_rate
        self.optimiser.step()
        self.optimiser.zero_grad()
        return total, float(norm), stops > 0

    @property
    def learning_rate(self) -> float:
        """What the next step learns with."""
        asked = self.arguments
        warmup = math.ceil(asked.warmup_ratio * self.steps)
        return asked.learning_rate * pace(self.state.step, self.steps, warmup, asked.schedule)

    def _seed_step(self) -> None:
        """Dropout of a step depends on seed, step and rank alone, so that resuming is exact."""
        number = self.arguments.seed * 1_000_003 + self.state.step * 1_009 + self.ranks.rank
        torch.manual_seed(number % 2**63)

    def _gradient(self, weight: torch.Tensor) -> torch.Tensor:
        if weight.grad is None:  # a rank without a share, or a weight that nothing leads to
            weight.grad = torch.zeros_like(weight)
        return weight.grad

    def _check(self, loss: float) -> None:
        if not math.isfinite(loss):
            raise NonFiniteLoss(
                f"loss is {loss} at step {self.state.step + 1} of {self.steps}"
                f" (epoch {self.epoch:.2f}):"
                " try a smaller --learning-rate, or look for odd examples"
            )

    def validate(self) -> float | None:
        """The loss of the rows kept back, over their answers' tokens; None without any."""
        if self.validation is None:
            return None
        rows = sorted(self.validation.rows, key=lambda row: row.length)
        total, tokens = 0.0, sum(row.learnt for row in rows)
        self.model.eval()
        with torch.no_grad():
            for part in cut(self.ranks.share(rows), max(self._part, 1)):
                total += float(self._loss(self._collate(part)))
        self.model.train()
        return self.ranks.add_up([], (total,))[0] / tokens


class Course:
    """A training's way through its epochs, and what is told and kept on the way."""

    def __init__(self, training: Training, vault: Checkpoints, events: Events, stop: Stop) -> None:
        self.training = training
        self.vault = vault
        self.events = events
        self.stop = stop
        self._progress_at = -math.inf
        self._saved_at = time.monotonic()

    def run(self, checkpoint: Checkpoint | None) -> None:
        """Train to the end, or until SIGTERM, of which the process then dies."""
        training = self.training
        if checkpoint is not None:
            training.state = states.load(checkpoint.folder, training.weights, training.optimiser)
            self.events.write("resumed", step=checkpoint.step)
        training.model.train()
        self.stop.listen()
        stopped = self._epochs()
        self.stop.forget()
        if stopped:
            self._end()
        self._take_best()

    def _epochs(self) -> bool:
        """Returns whether a stop was wished on the way."""
        training, length = self.training, len(self.training.order)
        for epoch in range(training.state.step // length, training.arguments.epochs):
            if self._stops_early():
                break
            batches = training.order.batches(epoch)
            for batch in batches[training.state.step - epoch * length :]:
                if self._step(epoch, [training.rows[index] for index in batch]):
                    return True
        return False

    def _step(self, epoch: int, batch: Sequence[Row]) -> bool:
        training, state = self.training, self.training.state
        rate = training.learning_rate
        try:
            loss, norm, stops = training.step(batch, self.stop.requested)
        except NonFiniteLoss:
            self._tell_metric(math.nan, None, None)
            raise
        state.step += 1
        state.losses.add(epoch, loss)
        self._tell(loss, rate, norm)
        ended = state.step % len(training.order) == 0
        if ended:
            self._validate()
        late = time.monotonic() - self._saved_at >= training.arguments.checkpoint_seconds
        if ended or stops or late:
            self._save()
        return stops

    def _tell(self, loss: float, rate: float, norm: float) -> None:
        step, steps = self.training.state.step, self.training.steps
        now = time.monotonic()
        if step == steps or now - self._progress_at >= PROGRESS_SECONDS:
            self._progress_at = now
            self.events.progress(step, steps, self.training.epoch)
        if step == 1 or step == steps or step % max(1, steps // METRIC_POINTS) == 0:
            log.info("step %d of %d: loss %.4f, learning rate %.3g", step, steps, loss, rate)
            self._tell_metric(loss, rate, norm)

    def _tell_metric(self, loss: float, rate: float | None, norm: float | None) -> None:
        training = self.training
        step = training.state.step + (0 if math.isfinite(loss) else 1)
        values = {"loss": loss, "learningRate": rate, "gradNorm": norm}
        self.events.metric(step, training.epoch, values)

    def _validate(self) -> None:
        training, state = self.training, self.training.state
        loss = training.validate()
        if loss is None:
            return
        state.validation.append(loss)
        if state.best_epoch == len(state.validation):
            state.best = states.copy_of(training.weights)
        log.info("epoch %d: validation loss %.4f", len(state.validation), loss)
        self.events.metric(state.step, training.epoch, {"validationLoss": loss})

    def _stops_early(self) -> bool:
        state, patience = self.training.state, self.training.arguments.early_stopping_patience
        if not patience or state.best_epoch is None:
            return False
        waited = len(state.validation) - state.best_epoch
        if waited >= patience:
            log.info("stopping early: validation loss did not fall for %d epochs", waited)
        return waited >= patience

    def _save(self) -> None:
        training, step = self.training, self.training.state.step
        check_finite(training.model)  # or every retry would go on from NaN
        self._saved_at = time.monotonic()
        if not training.ranks.leads:
            return
        with self.vault.saving(step) as desk:
            draft = desk / f"checkpoint-{step}"
            states.save(draft, training.state, training.weights, training.optimiser)
        if training.state.best_epoch == len(training.state.validation) > 0:
            self.vault.keep_best(step)
        self.events.write("checkpoint", step=step, path=f"checkpoints/checkpoint-{step}")
        log.info("checkpoint checkpoints/checkpoint-%d saved", step)

    def _take_best(self) -> None:
        state = self.training.state
        if state.best is not None and state.best_epoch != len(state.validation):
            states.put(self.training.weights, state.best)
            log.info(
                "using the weights of epoch %d, which has the best validation loss",
                state.best_epoch,
            )

    def _end(self) -> None:
        step = self.training.state.step
        log.warning(
            "stopped by SIGTERM after step %d of %d; checkpoint checkpoints/checkpoint-%d",
            step,
            self.training.steps,
            step,
        )
        self.stop.die()
