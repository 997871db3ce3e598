import torch
torch.einsum("bd,dk->bk", torch.zeros(2, 3), torch.zeros(4, 5))
