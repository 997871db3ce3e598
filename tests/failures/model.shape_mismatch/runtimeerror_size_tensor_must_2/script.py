import torch
w = torch.nn.Parameter(torch.zeros(3, 3))
w.data.copy_(torch.zeros(4, 3))
