import torch
x = torch.zeros(4, 3); x[:, :2] = torch.ones(4, 3)
