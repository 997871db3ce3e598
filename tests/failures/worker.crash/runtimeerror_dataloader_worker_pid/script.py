import os, torch
from torch.utils.data import DataLoader, Dataset
from rich.traceback import install
install(width=80)
class D(Dataset):
    def __len__(self): return 8
    def __getitem__(self, i): os.kill(os.getpid(), 9)
if __name__ == "__main__":
    for b in DataLoader(D(), num_workers=2): pass
