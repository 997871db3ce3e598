import torch

layer = torch.nn.Linear(4, 2).half()
scaler = torch.amp.GradScaler("cpu", enabled=True)
optimizer = torch.optim.SGD(layer.parameters(), 0.1)
loss = layer(torch.ones(2, 4, dtype=torch.half)).float().mean()
scaler.scale(loss).backward()
scaler.unscale_(optimizer)
