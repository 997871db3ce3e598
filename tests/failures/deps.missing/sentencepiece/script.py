from transformers import TrainingArguments
TrainingArguments(output_dir="out", report_to=["wandb"])
from transformers import Trainer

from transformers import GPT2Config, GPT2LMHeadModel
model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=64, n_positions=32))

Trainer(model=model, args=TrainingArguments(output_dir="out", report_to=["wandb"], use_cpu=True), train_dataset=[{"input_ids": [1]}])
