from huggingface_hub import HfApi
import os
os.environ["HF_ENDPOINT"] = "http://127.0.0.1:9"
from huggingface_hub import hf_hub_download
hf_hub_download("acme/private-model", "config.json", token=True)
