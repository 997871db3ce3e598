import torch
a = torch.nn.MultiheadAttention(16, 4)
q = torch.zeros(3, 2, 12)
a(q, q, q)
