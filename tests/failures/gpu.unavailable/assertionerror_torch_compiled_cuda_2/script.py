import torch
torch.ones(2, device="cuda:0")
