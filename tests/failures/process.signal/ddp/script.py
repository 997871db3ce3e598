import os, sys, time, torch, torch.distributed as dist
dist.init_process_group("gloo")
m = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(2, 1))
for step in range(5):
    if dist.get_rank() == 1 and step == 3: os.kill(os.getpid(), 9)
    m(torch.ones(1, 2)).sum().backward()
    if dist.get_rank() == 0: print(f"step {step} loss 0.1", flush=True)
