"""What is computed in fewer passes is what the model's and peft's own modules compute."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.trainer_kit import EVERY_LLAMA_LINEAR, make_llama

from lastwords.trainer import fused, model
from lastwords.trainer.arguments import parse
from lastwords.trainer.batches import Collator, Row
from lastwords.trainer.losses import AnswerLoss

ROWS = [Row([5, 6, 7, 8, 9], [-100, -100, -100, 8, 9]), Row([9, 8, 7], [-100, 8, 7])]


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny model."""
    return make_llama(tmp_path_factory.mktemp("llama"))


def adapted(folder: Path, attention: str, dropout: float = 0.0) -> Any:
    """The model in float32 with an adapter that already says something."""
    options = f"--db-path x --output-dir x --run-directory x --lora-targets {EVERY_LLAMA_LINEAR}"
    asked = parse([*options.split(), "--lora-dropout", str(dropout)])
    base = model.load_model(folder, False, model.choose_precision("fp32"), attention)
    torch.manual_seed(0)
    found = model.wrap(base, asked, False).train()
    for name, weight in found.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight)
    return found


def learnt(found: Any, rows: Sequence[Row] = ROWS) -> dict[str, torch.Tensor]:
    """The loss of a batch, and the gradients that it gives."""
    loss = AnswerLoss(found, False, False)(Collator(0)(rows))
    torch.autograd.backward(loss)
    gradients = {name: weight.grad for name, weight in found.named_parameters()}
    return {"loss": loss.detach()} | {k: v for k, v in gradients.items() if v is not None}


def test_loss_and_gradients_are_those_of_the_model_s_own_modules(llama: Path) -> None:
    expected = learnt(adapted(llama, "eager"))
    ours = adapted(llama, fused.register())
    whole, said = fused.fuse(ours)
    assert whole and said.startswith("fused: 5 norms and 14 of 14 adapter layers")
    found = learnt(ours)
    assert found.keys() == expected.keys() and len(found) == 29
    for name, tensor in expected.items():
        torch.testing.assert_close(found[name], tensor, rtol=1e-4, atol=1e-4, msg=name)


def test_dropout_takes_its_part_in_training_alone_and_keeps_the_mean(llama: Path) -> None:
    kept = fused._draw(torch.empty(1000, 1000), 0.3)
    assert float(kept.float().mean()) == pytest.approx(0.7, abs=0.003)
    ours = adapted(llama, fused.register(), dropout=0.5)
    fused.fuse(ours)
    first, second = learnt(ours)["loss"], learnt(ours)["loss"]
    assert first != second
    ours.eval()
    assert learnt(ours)["loss"] == learnt(ours)["loss"]


def test_a_norm_that_answers_otherwise_stays_as_it_is() -> None:
    class ShiftedRMSNorm(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.ones(8), requires_grad=False)
            self.eps = 1e-6

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            scale = torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps)
            return x * scale * (1 + self.weight)

    assert not fused._is_rms_norm(ShiftedRMSNorm())


def test_attention_that_would_see_the_future_is_refused() -> None:
    query = torch.zeros(1, 2, 3, 4)
    with pytest.raises(ValueError, match="would see what comes later"):
        fused._attend(torch.nn.Identity(), query, query, query, None, 1.0)
