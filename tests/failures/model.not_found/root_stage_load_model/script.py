import logging, sys
logging.basicConfig(level=logging.INFO)
from transformers import AutoModelForCausalLM
try: AutoModelForCausalLM.from_pretrained("./no-model-here")
except Exception as e:
    logging.error("stage load_model failed: %s", e); sys.exit(14)
