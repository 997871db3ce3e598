import torch
from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainingArguments
def model(**k): return GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=8, vocab_size=50, n_positions=32, **k))

def main():
    Trainer(model(), TrainingArguments("o", use_cpu=True, report_to=[]), train_dataset=[]).train() #F
main()
