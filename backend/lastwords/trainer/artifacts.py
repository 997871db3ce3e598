"""The artifacts of a training: the adapter, its tokenizer, and training_run.json."""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from transformers import PreTrainedModel, PreTrainedTokenizerBase

from lastwords.trainer.checkpoints import sync_file, sync_folder
from lastwords.trainer.facts import METADATA
from lastwords.trainer.model import check_finite


def save_adapter(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, folder: Path, base_model: str
) -> str:
    """Write adapter and tokenizer beside their place, then move them in, file by file.

    Raises: NonFiniteWeights, before anything is written.
    """
    check_finite(model)
    desk = folder / f".unfinished-{os.getpid()}"
    shutil.rmtree(desk, ignore_errors=True)
    desk.mkdir(parents=True)
    for config in model.peft_config.values():
        config.base_model_name_or_path = base_model  # the name asked for, not where the cache is
    # The vocabulary is never changed here; "auto" would ask the network whether it was.
    model.save_pretrained(desk, safe_serialization=True, save_embedding_layers=False)
    tokenizer.save_pretrained(desk)
    moved = _move_in(desk, folder)
    return f"{', '.join(sorted(moved))} in {folder}"


def _move_in(desk: Path, folder: Path) -> list[str]:
    """The weights last: where adapter_model.safetensors is, everything is."""
    paths = sorted(desk.iterdir(), key=lambda path: path.suffix == ".safetensors")
    for path in paths:
        sync_file(path)
        path.replace(folder / path.name)
    sync_folder(folder)
    desk.rmdir()
    return [path.name for path in paths]


def save_metadata(folder: Path, metadata: Mapping[str, object]) -> str:
    """Write training_run.json, whole or not at all."""
    write_whole(folder / METADATA, json.dumps(dict(metadata), indent=2, allow_nan=False) + "\n")
    return f"{METADATA} in {folder}"


def write_whole(path: Path, text: str) -> None:
    """Write a text beside its place, and move it in when it is on disk."""
    draft = path.with_name(f".{path.name}-{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    sync_file(draft)
    draft.replace(path)
    sync_folder(path.parent)
