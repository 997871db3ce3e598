"""The model card: what an adapter is, learnt from what, and how to use it."""

from collections.abc import Mapping
from pathlib import Path

from lastwords.trainer.artifacts import write_whole

CARD = "README.md"
_SETTINGS = (
    "method lora_r lora_alpha lora_dropout lora_targets epochs learning_rate schedule warmup_ratio"
    " max_grad_norm batch_size source_max_tokens target_max_tokens validation_fraction precision"
    " seed"
).split()
_USE = """
```python
from peft import PeftModel
from transformers import {family}, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("{folder}")
model = PeftModel.from_pretrained({family}.from_pretrained("{base}"), "{folder}")
```
"""


def save(folder: Path, metadata: Mapping[str, object], encoder_decoder: bool) -> None:
    """Write README.md beside the adapter."""
    write_whole(folder / CARD, text(folder, metadata, encoder_decoder))


def text(folder: Path, metadata: Mapping[str, object], encoder_decoder: bool) -> str:
    """The card, in the form the hub reads: YAML, then Markdown."""
    base = str(metadata["base_model"])
    family = "AutoModelForSeq2SeqLM" if encoder_decoder else "AutoModelForCausalLM"
    return "\n".join(
        [
            _front(base, str(metadata["method"])),
            f"# Adapter {metadata['run_id']} for {base}",
            "",
            f"Trained at {metadata['trained_at']} by Lastwords.",
            "",
            *_results(metadata),
            "",
            "| setting | value |",
            "|---|---|",
            *(f"| {name} | {_cell(metadata[name])} |" for name in _SETTINGS if name in metadata),
            "",
            f"Made with {metadata['packages']}.",
            _USE.format(family=family, folder=folder, base=base),
        ]
    )


def _front(base: str, method: str) -> str:
    hub_name = base.count("/") == 1 and not base.startswith((".", "/", "~"))
    named = [f"base_model: {base}"] if hub_name else []
    lines = [*named, "library_name: peft", "tags:", "- lastwords", f"- {method}"]
    return "\n".join(["---", *lines, "---", ""])


def _results(metadata: Mapping[str, object]) -> list[str]:
    rows = [
        f"- examples: {metadata['samples_used']} (SHA-256 `{metadata['data_sha256']}`)",
        f"- loss by epoch: {_cell(metadata['epoch_losses'])}",
    ]
    if metadata.get("best_epoch"):
        rows.append(
            f"- validation loss by epoch: {_cell(metadata['validation_losses'])};"
            f" the adapter is from epoch {metadata['best_epoch']}"
        )
    return rows


def _cell(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_cell(item) for item in value) or "chosen for the architecture"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
