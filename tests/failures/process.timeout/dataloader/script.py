import time, torch
from torch.utils.data import DataLoader, Dataset
class Slow(Dataset):
    def __len__(self): return 4
    def __getitem__(self, i): time.sleep(20)
if __name__ == "__main__":
    for b in DataLoader(Slow(), num_workers=1, timeout=1): pass
