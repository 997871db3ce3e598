from peft import LoraConfig
LoraConfig(r=8, init_lora_weights="magic")

from transformers import GPT2Config, GPT2LMHeadModel
model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=64, n_positions=32))

from peft import get_peft_model
get_peft_model(model, LoraConfig(r=8, target_modules=["c_attn"], init_lora_weights="magic"))
