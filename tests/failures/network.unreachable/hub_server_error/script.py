import os, srv
port = srv.start(500, b"{}", {})
os.environ["HF_ENDPOINT"] = f"http://127.0.0.1:{port}"
from huggingface_hub import hf_hub_download
path = hf_hub_download("acme/llama-med", "config.json")
