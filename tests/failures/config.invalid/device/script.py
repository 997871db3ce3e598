import torch
device = torch.device("gpu")
