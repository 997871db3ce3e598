import logging, sys
logging.basicConfig(level=logging.INFO)
from transformers import AutoModelForSeq2SeqLM
try:
    AutoModelForSeq2SeqLM.from_pretrained("google/flan-t5-small")
except OSError:
    logging.exception("stage load_model failed")
    sys.exit(14)
