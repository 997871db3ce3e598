"""Turns a GGUF file into a plain model folder, once, so that later loads take no time.

Run as: python -m lastwords.trainer.convert FILE.gguf FOLDER
The folder appears whole or not at all; a folder that is already there is left alone.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from lastwords.trainer.checkpoints import sync_file, sync_folder


def main(argv: Sequence[str] | None = None) -> int:
    """Convert; says each step on standard output."""
    parser = argparse.ArgumentParser(prog="python -m lastwords.trainer.convert", allow_abbrev=False)
    parser.add_argument("gguf", type=Path)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args(argv)
    convert(arguments.gguf, arguments.folder)
    return 0


def convert(gguf: Path, folder: Path) -> None:
    """Write the model in bfloat16 and its tokenizer into `folder`."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    desk = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _write(gguf, desk)
        for path in desk.iterdir():
            path.chmod(0o644)
            sync_file(path)
        _publish(desk, folder)
    finally:
        shutil.rmtree(desk, ignore_errors=True)


def _write(gguf: Path, desk: Path) -> None:
    _say("starting torch and transformers")
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    _say(f"reading the tokenizer of {gguf.name}")
    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    tokenizer.save_pretrained(desk)
    _say(f"reading the weights of {gguf.name}")
    quantised = AutoModelForCausalLM.from_pretrained(
        gguf.parent, gguf_file=gguf.name, dtype=torch.float32
    )
    # save_pretrained refuses a model that remembers being quantised: give its weights to a new one.
    config = quantised.config
    del config.quantization_config
    config.dtype = torch.bfloat16
    plain = type(quantised)(config).to(torch.bfloat16)
    plain.load_state_dict(quantised.state_dict(), strict=True)
    _say("writing safetensors")
    plain.save_pretrained(desk)


def _publish(desk: Path, folder: Path) -> None:
    desk.chmod(0o755)
    sync_folder(desk)
    try:
        desk.rename(folder)
    except OSError:  # another conversion was faster, and its folder is not empty
        if not folder.is_dir():
            raise
    sync_folder(folder.parent)


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
