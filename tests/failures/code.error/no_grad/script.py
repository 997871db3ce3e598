import torch
x = torch.zeros(3)
(x * 2).sum().backward()
