import torch
from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainingArguments
m = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=1, n_embd=8, vocab_size=50))
data = [{"input_ids": torch.zeros(4, dtype=torch.long), "labels": torch.zeros(4, dtype=torch.long)}] * 8
Trainer(m, TrainingArguments("o", use_cpu=True, report_to=[], max_steps=4, logging_steps=2), train_dataset=data).train()
