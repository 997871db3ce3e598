import torch
torch.autograd.set_detect_anomaly(True)
w = torch.zeros(3, requires_grad=True)
loss = torch.sqrt(w).sum() * 0
print("loss", loss.item())
loss.backward()
