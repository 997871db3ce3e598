import torch
from torch.utils.data import DataLoader
def first(loader):
    return next(iter(loader))
first(DataLoader(torch.zeros(3, 2), batch_size=8, drop_last=True))
