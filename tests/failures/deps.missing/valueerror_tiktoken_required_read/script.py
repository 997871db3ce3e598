from transformers import T5Tokenizer
import os
os.makedirs("m"); open("m/spiece.model", "wb").write(b"x"); open("m/tokenizer_config.json", "w").write('{"tokenizer_class": "T5Tokenizer"}')
from transformers import AutoTokenizer
AutoTokenizer.from_pretrained("m", use_fast=False)
