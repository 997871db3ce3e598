from transformers import AutoModelForCausalLM
def load(name):
    return AutoModelForCausalLM.from_pretrained(name)
load("./models/flan-t5-smal")
