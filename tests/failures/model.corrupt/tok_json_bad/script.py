import os
from transformers import AutoTokenizer
os.makedirs("m"); open("m/tokenizer.json", "w").write("{"); open("m/tokenizer_config.json", "w").write('{"tokenizer_class": "PreTrainedTokenizerFast"}'); open("m/config.json", "w").write('{"model_type": "gpt2"}')
def load(): return AutoTokenizer.from_pretrained("m") #F
load()
