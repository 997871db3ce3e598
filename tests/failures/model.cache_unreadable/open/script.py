import os
from pathlib import Path
from safetensors.torch import load_file
cache = Path(os.environ["HOME"]) / ".cache/huggingface/hub/models--gpt2/snapshots/607a30d"
def weights():
    with open(cache / "config.json") as file:
        return file.read()
weights()
