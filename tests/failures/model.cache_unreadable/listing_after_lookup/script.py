from transformers import AutoModelForCausalLM
m = AutoModelForCausalLM.from_pretrained("lab/small")
print(m.num_parameters())
