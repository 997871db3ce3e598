from peft import PeftModel, LoraConfig, get_peft_model
from transformers import GPT2Config, GPT2LMHeadModel
mk = lambda e: GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=1, n_embd=e, vocab_size=50))
get_peft_model(mk(8), LoraConfig(target_modules=["c_attn"], fan_in_fan_out=True)).save_pretrained("ad")
def resume():
    return PeftModel.from_pretrained(mk(16), "ad") #F
resume()
