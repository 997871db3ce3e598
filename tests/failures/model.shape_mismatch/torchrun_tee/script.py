import torch
def fwd(x): return torch.nn.Linear(4, 4)(x) #F
fwd(torch.ones(2, 3))
