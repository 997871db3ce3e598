from transformers import Trainer, TrainingArguments

from transformers import GPT2Config, GPT2LMHeadModel
model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=64, n_positions=32))

class Empty(__import__("torch").utils.data.IterableDataset):
    def __iter__(self): return iter(())
t = Trainer(model=model, args=TrainingArguments(output_dir="o", report_to=[], use_cpu=True, max_steps=3), train_dataset=Empty())
r = t.train(); print(t.state.log_history[-1]["train_loss"] / t.state.global_step)
