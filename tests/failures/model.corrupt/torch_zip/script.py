import torch
torch.save({"w": torch.zeros(1000)}, "model.pt")
raw = open("model.pt", "rb").read()
open("model.pt", "wb").write(raw[: len(raw) // 2])
def load():
    return torch.load("model.pt")
load()
