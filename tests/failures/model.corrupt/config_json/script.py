from transformers import GPT2Config, GPT2LMHeadModel
model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=64, n_positions=32))

model.save_pretrained("model")
open("model/config.json", "w").write('{"model_type": "gpt2", ')
from transformers import AutoConfig
AutoConfig.from_pretrained("model")
