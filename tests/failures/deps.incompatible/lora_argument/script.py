from peft import LoraConfig
config = LoraConfig(r=8, lora_alpha=16, enable_lora=[True], merge_weights=False)
