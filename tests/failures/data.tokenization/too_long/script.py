from transformers import GPT2Config, GPT2LMHeadModel
model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=64, n_positions=32))

import torch
ids = torch.ones(1, 48, dtype=torch.long)
print("step 0 loss", model(input_ids=ids, labels=ids).loss.item())
