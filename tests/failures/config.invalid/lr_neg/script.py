import torch
def opt(): return torch.optim.SGD([torch.zeros(1)], lr=-0.1) #F
opt()
