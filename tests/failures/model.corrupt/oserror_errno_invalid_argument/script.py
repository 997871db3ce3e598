import torch
torch.save({"a": torch.zeros(10000)}, "m.bin"); d = bytearray(open("m.bin", "rb").read()); d[200:600] = bytes(400); d[-30:] = bytes(30); open("m.bin", "wb").write(d)
torch.load("m.bin")
