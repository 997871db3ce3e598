import torch
class Net(torch.nn.Module):
    def forward(self, x, mask): return x * mask
def loop(net):
    for i in range(2): net(torch.ones(2)) #F
loop(Net())
