from transformers import GPT2Config, GPT2LMHeadModel
model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=64, n_positions=32))

from peft import LoraConfig, get_peft_model, set_peft_model_state_dict
from transformers import GPT2Config, GPT2LMHeadModel
a = get_peft_model(model, LoraConfig(r=2, target_modules=["c_attn"]))
b = get_peft_model(GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=32, vocab_size=64)), LoraConfig(r=2, target_modules=["c_attn"]))
from peft import get_peft_model_state_dict
set_peft_model_state_dict(b, get_peft_model_state_dict(a))
