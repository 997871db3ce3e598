import torch, torch.nn as nn

from torch.utils.data import DataLoader, Dataset
class Clips(Dataset):
    def __len__(self): return 32
    def __getitem__(self, i): return torch.randn(3, 16 + i % 3), i
def main():
    dl = DataLoader(Clips(), batch_size=8, num_workers=2)
    for x, y in dl:
        print(x.shape)
main()
