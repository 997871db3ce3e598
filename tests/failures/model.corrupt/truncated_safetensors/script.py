from transformers import GPT2Config, GPT2LMHeadModel
model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=64, n_positions=32))

import os
from transformers import AutoModelForCausalLM
model.save_pretrained("model")
with open("model/model.safetensors", "rb+") as file:
    file.truncate(2000)
print("loading model")
AutoModelForCausalLM.from_pretrained("model")
