import torch, torch.nn as nn

x = torch.randn(4, 2); y = torch.tensor([0.0, 1.0, 1.0, 0.0])
print(nn.CrossEntropyLoss()(nn.Linear(2, 2)(x), y))
