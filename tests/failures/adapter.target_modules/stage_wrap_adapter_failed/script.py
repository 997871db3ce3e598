from transformers import GPT2Config, GPT2LMHeadModel
model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=64, n_positions=32))

from peft import LoraConfig, get_peft_model
import sys
try: get_peft_model(model, LoraConfig(target_modules=["attn.query"]))
except ValueError as e: print("ERROR stage wrap_adapter failed:", e, file=sys.stderr); sys.exit(15)
