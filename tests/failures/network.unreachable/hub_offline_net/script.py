import os
os.environ["HF_ENDPOINT"] = "http://127.0.0.1:9"
from huggingface_hub import snapshot_download
def fetch():
    return snapshot_download("gpt2") #F
fetch()
