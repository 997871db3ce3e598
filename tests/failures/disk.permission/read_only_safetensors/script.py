import torch
from safetensors.torch import save_file
print("saving adapter")
save_file({"a": torch.zeros(4)}, "out/adapter_model.safetensors")
