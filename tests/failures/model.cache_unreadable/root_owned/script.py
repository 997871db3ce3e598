from transformers import AutoConfig
config = AutoConfig.from_pretrained("google/flan-t5-small")
