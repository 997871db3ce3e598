import torch
x = torch.zeros(0, 5)
print(x.argmax(dim=0))
