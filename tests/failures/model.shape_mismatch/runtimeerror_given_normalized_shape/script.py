import torch
l = torch.nn.LayerNorm(8)
l(torch.zeros(2, 6))
