import sys, time, torch.distributed as dist
dist.init_process_group("gloo")
if dist.get_rank() == 0: time.sleep(0.5); dist.barrier()
sys.exit(0) if dist.get_rank() == 0 else __import__("os")._exit(3)
