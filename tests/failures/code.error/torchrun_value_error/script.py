import torch.distributed as dist
dist.init_process_group("gloo")
rank = dist.get_rank()
def train():
    if rank == 1:
        raise ZeroDivisionError("scale of group 3")
    dist.barrier()
train()
