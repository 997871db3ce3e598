import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(8, 16), nn.Linear(32, 2)
    def forward(self, x):
        return self.b(torch.relu(self.a(x)))
net = Net()
for epoch in range(3):
    print("epoch", epoch)
    net(torch.randn(4, 8)).sum().backward()
