from transformers import GPT2Config, GPT2LMHeadModel
model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=64, n_positions=32))

from transformers import Trainer, TrainingArguments, TrainerCallback
import math
class Guard(TrainerCallback):
    def on_log(self, args, state, control, logs=None, **kw):
        if math.isnan(logs.get("loss", 0)): raise FloatingPointError(f"loss is NaN at step {state.global_step}")
import torch
with torch.no_grad(): model.transformer.wte.weight[3] = float("nan")
rows = [{"input_ids": [1, 2, 3], "labels": [1, 2, 3]}] * 8
Trainer(model=model, args=TrainingArguments(output_dir="out", report_to=[], use_cpu=True, logging_steps=1, logging_nan_inf_filter=False), train_dataset=rows, callbacks=[Guard()]).train()
