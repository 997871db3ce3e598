import torch
from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainingArguments
def model(**k): return GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=8, vocab_size=50, n_positions=32, **k))

def main():
    return TrainingArguments("o", tf32=True) #F
main()
