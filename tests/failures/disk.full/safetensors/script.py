import torch
from safetensors.torch import save_file
save_file({"w": torch.zeros(2_000_000)}, "out/model.safetensors")
