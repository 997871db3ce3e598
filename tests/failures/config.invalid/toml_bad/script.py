import tomllib
def cfg(p):
    with open(p, "rb") as f: return tomllib.load(f) #F
cfg("c.toml")
