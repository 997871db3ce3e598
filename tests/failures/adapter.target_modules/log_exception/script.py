from transformers import GPT2Config, GPT2LMHeadModel
model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=64, n_positions=32))

import logging, sys
from peft import LoraConfig, get_peft_model
logging.basicConfig(level=logging.INFO)
logging.info("wrap_adapter: %s", model)
def wrap():
    return get_peft_model(model, LoraConfig(r=4, target_modules=["query", "value"], task_type="CAUSAL_LM"))
try:
    wrap()
except ValueError as error:
    logging.error("stage wrap_adapter failed", exc_info=True)
    sys.exit(15)
