import torch
from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainingArguments
def model(**k): return GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=8, vocab_size=50, n_positions=32, **k))

rows = [{"input_ids": list(range(n)), "labels": list(range(n))} for n in (3, 5, 4)]
def main():
    t = Trainer(model(), TrainingArguments("o", use_cpu=True, report_to=[], max_steps=2, per_device_train_batch_size=3), train_dataset=rows)
    t.train() #F
main()
