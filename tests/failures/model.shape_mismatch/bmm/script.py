import torch
def attend(q, k): return torch.bmm(q, k)
attend(torch.zeros(2, 3, 4), torch.zeros(2, 5, 4))
