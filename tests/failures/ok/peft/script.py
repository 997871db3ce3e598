from transformers import GPT2Config, GPT2LMHeadModel
model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=64, n_positions=32))

import torch
from peft import LoraConfig, get_peft_model
m = get_peft_model(model, LoraConfig(r=2, target_modules=["c_attn"]))
m.print_trainable_parameters()
o = torch.optim.AdamW(m.parameters())
for step in range(4):
    loss = m(input_ids=torch.tensor([[1, 2, 3]]), labels=torch.tensor([[1, 2, 3]])).loss
    loss.backward(); o.step(); print(f"step={step} loss={loss.item():.4f}")
m.save_pretrained("adapter")
