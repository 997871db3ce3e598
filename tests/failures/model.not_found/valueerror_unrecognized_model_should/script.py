from transformers import GPT2Config, GPT2LMHeadModel
model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=64, n_positions=32))

import json
model.save_pretrained("m"); c = json.load(open("m/config.json")); del c["model_type"]; del c["architectures"]; json.dump(c, open("m/config.json", "w"))
from transformers import AutoModel
AutoModel.from_pretrained("m")
