import tomllib
with open("train.toml", "rb") as f:
    cfg = tomllib.load(f)
