import torch
from torch.utils.data import DataLoader, Dataset
class D(Dataset):
    rows = ["1.0", "2.0", "abc", "4"]
    def __len__(self): return 4
    def __getitem__(self, i):
        return torch.tensor(float(self.rows[i])) #F
def main():
    for b in DataLoader(D(), batch_size=2, num_workers=1):
        print(b)
main()
