import torch
from torch.utils.data import DataLoader, Dataset
class D(Dataset):
    def __len__(self): return 4
    def __getitem__(self, i): return self.items[i]
if __name__ == "__main__":
    for b in DataLoader(D(), num_workers=1): pass
