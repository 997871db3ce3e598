import torch
from transformers import T5Config, T5ForConditionalGeneration

model = T5ForConditionalGeneration(
    T5Config(d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2, vocab_size=32)
)
model(input_ids=torch.ones(2, 5, dtype=torch.long))
