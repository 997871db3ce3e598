"""The loss: computed where there is something to learn, watched, and added up by epoch.

A batch of 42-token rows holds 5 answer tokens a row. The output head multiplies each position it
is given by the whole vocabulary, so it is given those 5 alone.
"""

from collections.abc import Mapping

import torch
from torch.nn.functional import cross_entropy, pad
from transformers import PreTrainedModel

from lastwords.trainer.batches import IGNORED


class NonFiniteLoss(ArithmeticError):
    """The loss is NaN or infinite, and from here on so is every weight."""


class AnswerLoss:
    """The sum of a batch's cross entropy over the tokens of its answers."""

    def __init__(self, model: PreTrainedModel, encoder_decoder: bool, bf16: bool) -> None:
        self._model = model
        self._encoder_decoder = encoder_decoder
        self._bf16 = bf16
        self._learnt: torch.Tensor | None = None
        base = model.get_base_model()
        self._shift = getattr(base, "prepare_decoder_input_ids_from_labels", None)
        base.get_output_embeddings().register_forward_pre_hook(self._choose)

    def __call__(self, batch: Mapping[str, torch.Tensor]) -> torch.Tensor:
        inputs = {name: tensor.to(self._model.device) for name, tensor in batch.items()}
        labels = inputs.pop("labels")
        if self._encoder_decoder and self._shift is not None:
            inputs["decoder_input_ids"] = self._shift(labels)
        else:
            labels = pad(labels[:, 1:], (0, 1), value=IGNORED)  # a position says the next token
        self._learnt = labels != IGNORED
        try:
            with torch.autocast(self._model.device.type, torch.bfloat16, enabled=self._bf16):
                logits = self._model(**inputs, use_cache=False).logits
            targets = labels[self._learnt]
        finally:
            self._learnt = None
        return cross_entropy(logits.float(), targets, reduction="sum")

    def _choose(self, head: torch.nn.Module, given: tuple[torch.Tensor]) -> torch.Tensor | None:
        """Let the head see only the positions that are learnt; all of them outside of training."""
        if self._learnt is None:
            return None
        hidden = given[0]  # a prompt that is learnt stands before the batch's own positions
        return hidden[:, -self._learnt.shape[1] :][self._learnt]


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

    def to_json(self) -> dict[str, list[float]]:
        """What a checkpoint keeps of them."""
        return {str(epoch): [total, steps] for epoch, (total, steps) in self._epochs.items()}

    @classmethod
    def from_json(cls, saved: Mapping[str, list[float]]) -> "Losses":
        """Go on from what a checkpoint knew."""
        losses = cls()
        losses._epochs = {int(epoch): (sums[0], int(sums[1])) for epoch, sums in saved.items()}
        return losses
