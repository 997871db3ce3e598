from transformers import LlamaConfig, LlamaForCausalLM
def load():
    return LlamaForCausalLM._from_config(LlamaConfig(hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8, vocab_size=10), attn_implementation="flash_attention_2") #F
load()
