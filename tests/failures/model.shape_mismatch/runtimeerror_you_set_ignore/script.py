from transformers import GPT2Config, GPT2LMHeadModel
model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=64, n_positions=32))

import torch
model.save_pretrained("m")
from transformers import GPT2Config, GPT2LMHeadModel
GPT2LMHeadModel.from_pretrained("m", config=GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=80, n_positions=32))
