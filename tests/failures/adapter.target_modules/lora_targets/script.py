from peft import LoraConfig, get_peft_model
from transformers import T5Config, T5ForConditionalGeneration
m = T5ForConditionalGeneration(T5Config(d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2, vocab_size=30))
def wrap():
    return get_peft_model(m, LoraConfig(target_modules=["q_proj", "v_proj"])) #F
wrap()
