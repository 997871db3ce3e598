import os
from huggingface_hub import snapshot_download
print(snapshot_download("google/flan-t5-small", cache_dir=os.environ["HF_HOME"], local_files_only=False))
