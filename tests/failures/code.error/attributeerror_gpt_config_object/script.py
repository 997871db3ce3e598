import transformers
def f(cfg): return cfg.hidden_sizes
f(transformers.GPT2Config())
