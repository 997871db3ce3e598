from safetensors import safe_open
with safe_open("out/adapter_model.safetensors", framework="pt") as f: print(f.keys())
