import torch
table = torch.ones(4_000_000)
print("sharing the table with the workers")
table.share_memory_()
