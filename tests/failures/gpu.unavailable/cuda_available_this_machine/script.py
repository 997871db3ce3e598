import sys, torch
device = "cuda" if torch.cuda.is_available() else None
if device is None: sys.exit("CUDA is not available on this machine; cannot train")
