import torch
torch.optim.SGD(torch.nn.Linear(1, 1).parameters(), lr=0.1, momentum=-1)
