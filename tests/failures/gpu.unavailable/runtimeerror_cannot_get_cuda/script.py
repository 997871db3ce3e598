import torch
g = torch.Generator(device="cuda")
