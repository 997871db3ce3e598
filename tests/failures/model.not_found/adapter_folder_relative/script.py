from transformers import GPT2Config, GPT2LMHeadModel
from peft import PeftModel
m = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=8, vocab_size=50))
m = PeftModel.from_pretrained(m, "./adapter")
