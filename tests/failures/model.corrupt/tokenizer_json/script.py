import os
os.makedirs("m"); open("m/tokenizer.json", "w").write('{"version": "1.0", "model": {"type": "BPE", "vocab"'); open("m/config.json","w").write('{"model_type": "gpt2"}')
from transformers import AutoTokenizer
AutoTokenizer.from_pretrained("m")
