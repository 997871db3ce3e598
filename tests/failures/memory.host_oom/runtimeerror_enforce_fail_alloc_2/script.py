import torch
x = torch.empty(1)
def grow(): return x.expand(1 << 44).contiguous()
grow()
