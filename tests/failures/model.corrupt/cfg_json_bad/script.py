import os
from transformers import AutoConfig
os.makedirs("m"); open("m/config.json", "w").write('{"model_type": "gpt2",')
def load(): return AutoConfig.from_pretrained("m") #F
load()
