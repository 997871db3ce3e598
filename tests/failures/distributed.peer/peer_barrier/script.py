import os, torch, torch.distributed as dist
def sync():
    dist.all_reduce(torch.ones(1)) #F
dist.init_process_group("gloo")
if dist.get_rank() == 1: os._exit(0)
sync()
