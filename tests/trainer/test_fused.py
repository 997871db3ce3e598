"""What is computed in fewer passes is what the model's and peft's own modules compute."""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.trainer.kit import EVERY_LLAMA_LINEAR, make_decoder

from lastwords.trainer import attention, fused, lora, model
from lastwords.trainer.arguments import parse
from lastwords.trainer.batches import Collator, Row
from lastwords.trainer.losses import AnswerLoss

# peft 0.21 names the cache as transformers did until 5.23.
pytestmark = pytest.mark.filterwarnings("ignore:.*`past_key_values`.*:FutureWarning")
ROWS = [Row([5, 6, 7, 8, 9], [-100, -100, -100, 8, 9]), Row([9, 8, 7], [-100, 8, 7])]


Folders = Callable[[str], Path]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    """Folders with a tiny model, by the architecture's name."""
    return cache(lambda kind: make_decoder(tmp_path_factory.mktemp(kind), kind))


def adapted(folder: Path, attention: str, *options: str) -> Any:
    """The model in float32 with an adapter that already says something."""
    asked = parse(["--db-path=x", "--output-dir=x", "--run-directory=x", *options])
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


EVERY = f"--lora-targets={EVERY_LLAMA_LINEAR}"


@pytest.mark.parametrize(
    ("kind", "options", "told"),
    [
        ("llama", [], "5 norms, 2 attentions, 2 gated units, 4 of 4"),
        ("llama", [EVERY], "5 norms, 2 attentions, 0 gated units, 14 of 14"),
        ("llama", ["--lora-targets=k_proj,down_proj"], "2 attentions, 0 gated units, 4 of 4"),
        ("llama", ["--method=prompt-tuning"], "2 attentions, 2 gated units, 0 of 0"),
        ("llama", ["--method=prefix-tuning"], "2 attentions, 2 gated units, 0 of 0"),
        ("llama", ["--method=ia3"], "5 norms, 0 attentions, 0 gated units, 0 of 0"),
        ("mistral", [], "5 norms, 2 attentions, 2 gated units, 4 of 4"),
        ("qwen2", [EVERY], "5 norms, 2 attentions, 0 gated units, 14 of 14"),
        ("qwen3", [], "9 norms, 0 attentions, 2 gated units, 4 of 4"),  # it norms its heads
    ],
)
def test_loss_and_gradients_are_those_of_the_model_s_own_modules(
    folders: Folders, kind: str, options: list[str], told: str
) -> None:
    options = ["--lora-dropout=0", *options]
    expected = learnt(adapted(folders(kind), "eager", *options))
    ours = adapted(folders(kind), attention.register(), *options)
    whole, said = fused.fuse(ours)
    assert told in said and whole == ("0 of 0" not in told)
    found = learnt(ours)
    assert found.keys() == expected.keys() and len(found) > 1
    for name, tensor in expected.items():
        assert torch.dist(found[name], tensor) <= 1e-4 * tensor.norm(), name


def test_dropout_takes_its_part_in_training_alone_and_keeps_the_mean(folders: Folders) -> None:
    for dropped in (0.3, 0.004, 1.0):
        kept = lora._draw(torch.empty(1000, 1000), dropped)
        assert float(kept.mean()) == pytest.approx(1 - dropped, abs=0.003)
    ours = adapted(folders("llama"), attention.register(), "--lora-dropout=0.5", EVERY)
    fused.fuse(ours)
    first, second = learnt(ours)["loss"], learnt(ours)["loss"]
    assert first != second
    ours.eval()
    assert learnt(ours)["loss"] == learnt(ours)["loss"]


def test_gradients_under_dropout_are_those_of_what_stayed(folders: Folders) -> None:
    modules = adapted(folders("llama"), "eager", "--lora-dropout=0.3").base_model.model.model
    queries, values = (getattr(modules.layers[0].self_attn, name) for name in ("q_proj", "v_proj"))
    weight, x = torch.randn(64, 32), torch.randn(2, 5, 32, requires_grad=True)
    weights = [x, *(part["default"].weight for each in (queries, values) for part in halves(each))]
    torch.manual_seed(1)
    kept = lora._draw(x, 0.3).view(x.shape) / 0.7
    own = [each.lora_B["default"](each.lora_A["default"](x * kept)) for each in (queries, values)]
    expected = torch.nn.functional.linear(x, weight)
    expected = expected + torch.cat([own[0], torch.zeros(2, 5, 16), own[1]], -1)
    torch.manual_seed(1)
    columns = [slice(0, 32), slice(48, 64)]
    found = lora.beside([queries, values], columns, weight, None, x)
    torch.testing.assert_close(found, expected)
    asked = torch.randn(2, 5, 64)
    for ours, theirs in zip(
        torch.autograd.grad(found, weights, asked),
        torch.autograd.grad(expected, weights, asked),
        strict=True,
    ):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)


def halves(layer: Any) -> tuple[Any, Any]:
    """What goes down and what goes up in an adapter."""
    return layer.lora_A, layer.lora_B


def test_a_norm_that_answers_otherwise_stays_as_it_is() -> None:
    class ShiftedRMSNorm(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.ones(8), requires_grad=False)
            self.eps = 1e-6

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            scale = torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps)
            return x * scale * (1 + self.weight)

    assert not fused._replace_norm(ShiftedRMSNorm())


def test_attention_that_would_see_the_future_is_refused() -> None:
    query = torch.zeros(1, 2, 3, 4)
    with pytest.raises(ValueError, match="would see what comes later"):
        attention._attend(torch.nn.Identity(), query, query, query, None, 1.0)


def test_a_gate_that_opens_otherwise_stays_as_it_is(folders: Folders) -> None:
    found = model.load_model(folders("llama"), False, model.choose_precision("fp32"))
    unit = found.requires_grad_(False).model.layers[0].mlp
    unit.act_fn = torch.nn.GELU()
    assert not fused._replace_gate(unit)
    unit.act_fn, unit.up_proj = torch.nn.SiLU(), unit.gate_proj
    unit.forward = lambda x: unit.down_proj(unit.act_fn(2 * unit.gate_proj(x)))
    assert not fused._replace_gate(unit)


def test_joined_matrices_are_kept_once_and_as_they_were(folders: Folders) -> None:
    found = adapted(folders("llama"), attention.register())
    before = {name: tensor.clone() for name, tensor in found.state_dict().items()}
    fused.fuse(found)
    heads = found.base_model.model.model.layers[0].self_attn
    parts = [heads.q_proj.base_layer, heads.k_proj, heads.v_proj.base_layer]
    assert len({part.weight.untyped_storage().data_ptr() for part in parts}) == 1
    for name, tensor in found.state_dict().items():
        assert torch.equal(tensor, before[name]), name
