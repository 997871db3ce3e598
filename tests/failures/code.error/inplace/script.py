import torch
w = torch.ones(3, requires_grad=True); y = torch.sigmoid(w); y += 1; y.sum().backward()
