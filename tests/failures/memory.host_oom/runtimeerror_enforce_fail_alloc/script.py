import torch
model = torch.nn.Linear(3_000_000, 3_000_000)
