from transformers import GPT2Config, GPT2LMHeadModel
model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=64, n_positions=32))

import torch
from transformers import Trainer, TrainingArguments
class Big(Trainer):
    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        if self.state.global_step == 2:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 23.69 GiB of which 1.21 GiB is free. Including non-PyTorch memory, this process has 22.47 GiB memory in use. Of the allocated memory 21.52 GiB is allocated by PyTorch, and 645.79 MiB is reserved by PyTorch but unallocated. If reserved but unallocated memory is large try setting PYTORCH_ALLOC_CONF=expandable_segments:True to avoid fragmentation.  See documentation for Memory Management  (https://pytorch.org/docs/stable/notes/cuda.html#environment-variables)")
        return super().compute_loss(model, inputs, return_outputs)
rows = [{"input_ids": [1, 2, 3], "labels": [1, 2, 3]} for _ in range(40)]
args = TrainingArguments(output_dir="out", report_to=[], use_cpu=True, logging_steps=1, per_device_train_batch_size=8)
Big(model=model, args=args, train_dataset=rows).train()
