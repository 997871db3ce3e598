from transformers import GPT2Config, GPT2LMHeadModel
GPT2LMHeadModel(GPT2Config(n_embd=10, n_head=3, n_layer=1))
