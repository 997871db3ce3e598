import torch, torch.nn as nn

device = "cuda"
m = nn.Linear(3, 1).to(device)
