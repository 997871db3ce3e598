import torch
torch.save({"a": torch.zeros(1000)}, "c.pt"); b = open("c.pt", "rb").read(); open("c.pt", "wb").write(b[:2000])
def resume(p):
    return torch.load(p) #F
resume("c.pt")
