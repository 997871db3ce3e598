from huggingface_hub import snapshot_download
snapshot_download("google/flan-t5-small")
