import torch
torch.nn.Dropout(1.5)
