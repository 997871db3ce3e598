import torch
def join(a, b): return torch.cat([a, b], dim=0)
print("step 1 loss 0.5"); join(torch.zeros(2, 3), torch.zeros(2, 4))
