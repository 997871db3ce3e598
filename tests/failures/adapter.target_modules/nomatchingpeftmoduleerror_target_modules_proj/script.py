from transformers import T5Config, T5ForConditionalGeneration
from peft import LoraConfig, TaskType, get_peft_model
m = T5ForConditionalGeneration(T5Config(d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2, vocab_size=64))
def wrap_adapter(): return get_peft_model(m, LoraConfig(task_type=TaskType.SEQ_2_SEQ_LM, target_modules=["q_proj", "v_proj"]))
wrap_adapter()
