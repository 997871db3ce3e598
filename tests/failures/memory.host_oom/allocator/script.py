import torch
def build():
    return torch.zeros(1 << 46)
print("building the table")
build()
