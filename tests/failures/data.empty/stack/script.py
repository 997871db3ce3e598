import torch
def collate(rows):
    kept = [r for r in rows if r.sum() > 99]
    return torch.stack(kept)
from torch.utils.data import DataLoader
for b in DataLoader(torch.zeros(4, 2), batch_size=2, collate_fn=collate): pass
