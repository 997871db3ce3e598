import os, torch, torch.distributed as dist
dist.init_process_group("gloo")
def step():
    if dist.get_rank() == 1: raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 512.00 MiB. GPU 3 has a total capacity of 79.15 GiB of which 214.25 MiB is free.")
    dist.barrier()
step()
