import torch
raw = torch.zeros(3)
torch.save(raw, "w.pt", _use_new_zipfile_serialization=False)
data = open("w.pt", "rb").read().replace(b"X\x03\x00\x00\x00cpu", b"X\x04\x00\x00\x00cuda")
open("w.pt", "wb").write(data)
torch.load("w.pt", weights_only=False)
