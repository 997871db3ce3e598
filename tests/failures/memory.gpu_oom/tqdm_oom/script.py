import torch, time
from tqdm import tqdm
def step(i):
    if i == 7: raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 96.00 MiB. GPU 0 has a total capacity of 15.77 GiB of which 44.00 MiB is free.") #F
for i in tqdm(range(20), desc="Training"): time.sleep(.01); step(i)
