from transformers import GPT2Config, GPT2LMHeadModel
model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=64, n_positions=32))

import json
from peft import LoraConfig, PeftModel, get_peft_model
import copy
get_peft_model(copy.deepcopy(model), LoraConfig(r=4, target_modules=["c_attn"])).save_pretrained("adapter")
config = json.load(open("adapter/adapter_config.json")); config["r"] = 8
json.dump(config, open("adapter/adapter_config.json", "w"))
def resume():
    return PeftModel.from_pretrained(model, "adapter")
resume()
