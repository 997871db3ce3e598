from transformers import GPT2Config, GPT2LMHeadModel
model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=64, n_positions=32))

from transformers import Trainer, TrainingArguments
rows = [{"input_ids": [1, 2, 3], "labels": [1, 2, 3]} for _ in range(24)]
args = TrainingArguments(output_dir="out", report_to=[], use_cpu=True, logging_steps=1, num_train_epochs=1)
t = Trainer(model=model, args=args, train_dataset=rows); t.train(); t.save_model()
