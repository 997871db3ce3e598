import torch
def f(): return torch.zeros(1 << 45) #F
f()
