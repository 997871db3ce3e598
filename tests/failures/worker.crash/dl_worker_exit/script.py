import os, torch
from torch.utils.data import DataLoader, Dataset
class D(Dataset):
    def __len__(self): return 8
    def __getitem__(self, i):
        if i == 5: os._exit(3)
        return torch.tensor(i)
def main():
    for b in DataLoader(D(), batch_size=2, num_workers=2): #F
        print(b)
main()
