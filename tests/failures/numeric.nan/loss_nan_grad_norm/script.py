from transformers import GPT2Config, GPT2LMHeadModel
model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=64, n_positions=32))

from transformers import Trainer, TrainingArguments
ARGS = dict(output_dir="out", report_to=[], use_cpu=True, max_steps=3, logging_steps=1)

import torch
with torch.no_grad():
    for p in model.parameters(): p.fill_(float("nan"))
rows = [{"input_ids": [1, 2], "labels": [1, 2]}] * 8
Trainer(model=model, args=TrainingArguments(**{**ARGS, "logging_nan_inf_filter": False}), train_dataset=rows).train()
