from huggingface_hub import file_download
from pathlib import Path
import os
def cache(repo):
    p = Path(os.environ["HF_HUB_CACHE"]) / ("models--" + repo.replace("/", "--")) / "blobs"
    p.mkdir(parents=True)
    return p
print("cache", cache("Qwen/Qwen3-0.6B"))
