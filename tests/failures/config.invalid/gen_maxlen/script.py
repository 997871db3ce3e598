import torch
from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainingArguments
def model(**k): return GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=8, vocab_size=50, n_positions=32, **k))

def gen(m): return m.generate(torch.zeros(1, 8, dtype=torch.long), max_length=4, pad_token_id=0) #F
gen(model())
