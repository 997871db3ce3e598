import os, torch
from torch.utils.data import DataLoader, Dataset
class D(Dataset):
    def __len__(self): return 8
    def __getitem__(self, i):
        if i == 3: os._exit(4)
        return torch.zeros(1)
def train():
    for b in DataLoader(D(), num_workers=2): pass
if __name__ == "__main__": train()
