import torch
open("checkpoint.pt", "wb").write(b"")
def resume(): return torch.load("checkpoint.pt")
resume()
