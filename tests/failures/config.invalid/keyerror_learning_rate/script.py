import yaml
cfg = yaml.safe_load("train:\n  epochs: 3\n")
def build(cfg): return cfg["train"]["learning_rate"]
build(cfg)
