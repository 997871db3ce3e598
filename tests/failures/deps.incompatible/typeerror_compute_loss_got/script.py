from transformers import GPT2Config, GPT2LMHeadModel
model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=64, n_positions=32))

from transformers import Trainer, TrainingArguments
class T(Trainer):
    def compute_loss(self, model, inputs, return_outputs=False): return super().compute_loss(model, inputs, return_outputs)
T(model=model, args=TrainingArguments(output_dir="o", report_to=[], use_cpu=True), train_dataset=[{"input_ids": [1], "labels": [1]}] * 4).train()
