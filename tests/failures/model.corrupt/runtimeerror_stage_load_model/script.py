from transformers import GPT2Config, GPT2LMHeadModel
model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=64, n_positions=32))

import logging, sys
logging.basicConfig(level=logging.INFO)
model.save_pretrained("m"); open("m/model.safetensors", "ab").truncate(900)
from transformers import AutoModelForCausalLM
try: AutoModelForCausalLM.from_pretrained("m")
except Exception as e: raise RuntimeError("stage load_model failed") from e
