from peft import LoraConfig
LoraConfig(r=8, lora_dropout=0.1, bias="sometimes", task_type="CAUSAL")
