from peft import get_peft_config, LoraConfig, get_peft_model, TaskType
def cfg(): return TaskType("CAUSAL") #F
cfg()
