import torch
def optimiser(p):
    return torch.optim.Lion(p)
x = torch.cuda.amp.GradScalerV2
