import torch
def resume(path):
    return torch.load(path, map_location="cpu")
resume("checkpoints/last.pt")
