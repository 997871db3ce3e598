from transformers import GPT2Config, GPT2LMHeadModel
model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=64, n_positions=32))

from transformers import Trainer, TrainingArguments

args = TrainingArguments(output_dir="out", report_to=[], num_train_epochs=1, use_cpu=True)
trainer = Trainer(model=model, args=args, train_dataset=[])
trainer.train()
