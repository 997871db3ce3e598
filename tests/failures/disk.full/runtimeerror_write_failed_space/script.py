import torch
torch.save(torch.zeros(3_000_000), "out/o.pt", _use_new_zipfile_serialization=False)
