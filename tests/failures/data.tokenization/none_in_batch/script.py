import torch
from torch.utils.data import DataLoader
rows = [{"ids": None, "label": 1}, {"ids": torch.ones(2), "label": 0}]
for b in DataLoader(rows, batch_size=2): print(b)
