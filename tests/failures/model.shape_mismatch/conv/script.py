import torch
net = torch.nn.Conv1d(3, 8, 3)
for step in range(2): net(torch.zeros(1, 4, 10)).sum().backward()
