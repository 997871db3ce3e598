from safetensors import safe_open
def merge(p):
    with safe_open(p, framework="pt") as f: return list(f.keys()) #F
merge("out/final")
