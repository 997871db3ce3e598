import torch
class Loss(torch.nn.Module):
    def forward(self, a, b): return ((a - b) ** 2).mean()
Loss()(torch.zeros(4, 5), torch.zeros(4, 3))
