from transformers import GPT2Config, GPT2LMHeadModel
model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=64, n_positions=32))

from peft import LoraConfig, PeftModel, get_peft_model
from transformers import GPT2Config, GPT2LMHeadModel
get_peft_model(model, LoraConfig(r=4, target_modules=["c_attn"])).save_pretrained("a")
from transformers import T5Config, T5ForConditionalGeneration
t = T5ForConditionalGeneration(T5Config(d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2, vocab_size=64))
PeftModel.from_pretrained(t, "a")
