import torch
f = torch.compile(lambda x: x * 2)
f(torch.ones(3))
