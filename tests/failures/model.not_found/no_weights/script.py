import json, os
from transformers import AutoModelForCausalLM, GPT2Config
GPT2Config(n_layer=1, n_head=2, n_embd=16).save_pretrained("model")
print("loading model")
AutoModelForCausalLM.from_pretrained("model")
