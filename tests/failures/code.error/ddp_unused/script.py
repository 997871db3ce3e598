import os, torch, torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel as DDP
os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT="29873")
dist.init_process_group("gloo", rank=0, world_size=1)
class N(torch.nn.Module):
    def __init__(s): super().__init__(); s.a = torch.nn.Linear(2, 2); s.b = torch.nn.Linear(2, 2)
    def forward(s, x): return s.a(x)
m = DDP(N())
def loop():
    for i in range(3): m(torch.ones(1, 2)).sum().backward() #F
loop()
