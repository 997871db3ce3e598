from transformers import GPT2Config, GPT2LMHeadModel
model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=64, n_positions=32))

from transformers import Trainer, TrainingArguments
Trainer(model=model, args=TrainingArguments(output_dir="o", report_to=[], use_cpu=True, eval_strategy="epoch"), train_dataset=[1])
