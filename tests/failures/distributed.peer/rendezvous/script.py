import os, datetime, torch.distributed as dist
os.environ.update(RANK="0", WORLD_SIZE="2", MASTER_ADDR="127.0.0.1", MASTER_PORT="29620")
dist.init_process_group("gloo", timeout=datetime.timedelta(seconds=2))
