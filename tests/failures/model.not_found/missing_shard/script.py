from transformers import GPT2Config, GPT2LMHeadModel
model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=64, n_positions=32))

import os
model.save_pretrained("m", max_shard_size="5KB")
shards = sorted(p for p in os.listdir("m") if p.startswith("model-0"))
os.remove("m/" + shards[-1])
from transformers import AutoModelForCausalLM
AutoModelForCausalLM.from_pretrained("m")
