import torch
from torch.utils.data import DataLoader
def main():
    dl = DataLoader([torch.zeros(3), torch.zeros(2)], batch_size=2)
    for b in dl: print(b) #F
main()
