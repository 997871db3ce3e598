import logging
logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
logging.info("preparing cache")
from huggingface_hub import snapshot_download
import os
os.makedirs(os.environ["HF_HOME"] + "/hub")
