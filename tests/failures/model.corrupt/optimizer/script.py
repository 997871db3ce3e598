from transformers import GPT2Config, GPT2LMHeadModel
model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=64, n_positions=32))

from transformers import Trainer, TrainingArguments
rows = [{"input_ids": [1, 2], "labels": [1, 2]}] * 16
args = TrainingArguments(output_dir="out", report_to=[], use_cpu=True, save_steps=1, max_steps=1)
Trainer(model=model, args=args, train_dataset=rows).train()
open("out/checkpoint-1/trainer_state.json", "w").write("")
Trainer(model=model, args=args, train_dataset=rows).train(resume_from_checkpoint="out/checkpoint-1")
