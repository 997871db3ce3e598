import os, signal, torch
from torch.utils.data import DataLoader, Dataset
class Rows(Dataset):
    def __len__(self):
        return 16
    def __getitem__(self, index):
        if index == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        return torch.zeros(2)
if __name__ == "__main__":
    for batch in DataLoader(Rows(), num_workers=1, batch_size=2):
        print("step", batch.shape)
