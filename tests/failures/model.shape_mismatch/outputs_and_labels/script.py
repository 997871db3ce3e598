import torch
logits = torch.zeros(8, 3)
y = torch.zeros(4, dtype=torch.long)
loss = torch.nn.functional.cross_entropy(logits, y)
