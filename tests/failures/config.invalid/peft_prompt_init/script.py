from peft import PromptTuningConfig, PromptTuningInit
def cfg(): return PromptTuningConfig(task_type="CAUSAL_LM", prompt_tuning_init=PromptTuningInit.TEXT, num_virtual_tokens=4) #F
cfg()
