import torch

shards = []
def tensors(paths):
    return torch.cat([torch.load(path) for path in paths])

tensors(shards)
