import torch, torch.nn as nn

torch.autograd.set_detect_anomaly(True)
x = torch.zeros(3, requires_grad=True)
y = torch.sqrt(x).sum() * 0 + (x / x.norm()).sum()
y.backward()
