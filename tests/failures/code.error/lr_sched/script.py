import torch
o = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1); s = torch.optim.lr_scheduler.OneCycleLR(o, 0.1, total_steps=3)
def go():
    for _ in range(5): o.step(); s.step() #F
go()
