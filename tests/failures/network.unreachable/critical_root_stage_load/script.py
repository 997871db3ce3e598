import logging, sys
logging.basicConfig(level=logging.INFO)
from transformers import AutoTokenizer
try: AutoTokenizer.from_pretrained("t5-small")
except OSError as e: logging.critical("stage load_tokenizer failed: %s", str(e).splitlines()[0]); sys.exit(12)
