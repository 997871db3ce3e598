from transformers import GPT2Config, GPT2LMHeadModel
model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=64, n_positions=32))

from peft import LoraConfig, PeftModel, get_peft_model
import copy
get_peft_model(copy.deepcopy(model), LoraConfig(r=2, target_modules=["c_attn"])).save_pretrained("a")
raw = open("a/adapter_model.safetensors", "rb").read(); open("a/adapter_model.safetensors", "wb").write(raw[:-100])
PeftModel.from_pretrained(model, "a")
