import torch
from torch.utils.data import DataLoader, Dataset
class Big(Dataset):
    def __len__(self):
        return 8
    def __getitem__(self, index):
        return torch.ones(4_000_000)
if __name__ == "__main__":
    for batch in DataLoader(Big(), batch_size=2, num_workers=1):
        print(batch.shape)
