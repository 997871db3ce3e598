import torch

model = torch.nn.Identity()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
