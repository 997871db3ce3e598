import torch
x = torch.ones(2).to("mps")
