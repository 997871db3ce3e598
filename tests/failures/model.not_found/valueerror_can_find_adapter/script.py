from peft import PeftConfig
PeftConfig.from_pretrained("runs/missing")
