import torch
def build(lr): return torch.optim.AdamW(torch.nn.Linear(1, 1).parameters(), lr=lr)
build(-5e-5)
