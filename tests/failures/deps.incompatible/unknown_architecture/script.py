import json, os
os.makedirs("model"); json.dump({"model_type": "llama9_moe", "architectures": ["Llama9"]}, open("model/config.json", "w"))
from transformers import AutoModelForCausalLM
model = AutoModelForCausalLM.from_pretrained("model")
