from transformers import GPT2Config, GPT2LMHeadModel
model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=64, n_positions=32))

import json
model.save_pretrained("m"); raw = bytearray(open("m/model.safetensors", "rb").read()); raw[8:40] = b"#" * 32; open("m/model.safetensors", "wb").write(raw)
from transformers import GPT2LMHeadModel
GPT2LMHeadModel.from_pretrained("m")
