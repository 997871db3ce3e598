import torch
def two():
    l = (torch.ones(2, requires_grad=True) ** 2).sum(); l.backward(); l.backward() #F
two()
