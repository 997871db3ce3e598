import torch
torch.save({"model": {}}, "c.pt")
def resume(p):
    ck = torch.load(p)
    return ck["model"], ck["optimizer"] #F
resume("c.pt")
