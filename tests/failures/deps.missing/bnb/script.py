from transformers import AutoModelForCausalLM, BitsAndBytesConfig
def load():
    return AutoModelForCausalLM.from_pretrained("/models/tiny_llama", quantization_config=BitsAndBytesConfig(load_in_4bit=True)) #F
load()
