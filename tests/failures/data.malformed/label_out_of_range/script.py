import torch
from torch import nn

model = nn.Linear(4, 3)
features, labels = torch.randn(5, 4), torch.tensor([0, 1, 2, 3, 1])
for epoch in range(2):
    loss = nn.functional.cross_entropy(model(features), labels)
    loss.backward()
