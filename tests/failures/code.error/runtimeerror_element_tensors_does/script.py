import torch
with torch.no_grad(): loss = torch.nn.Linear(1, 1)(torch.ones(1))
loss.backward()
