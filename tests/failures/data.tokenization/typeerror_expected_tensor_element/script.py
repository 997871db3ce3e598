import torch
from torch.nn.utils.rnn import pad_sequence
def collate(rows): return pad_sequence([r["ids"] for r in rows], batch_first=True)
collate([{"ids": torch.ones(2)}, {"ids": [1, 2]}])
