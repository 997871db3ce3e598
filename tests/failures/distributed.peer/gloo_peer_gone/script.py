import os, time, torch, torch.distributed as dist, torch.multiprocessing as mp
def run(rank):
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT="29613")
    dist.init_process_group("gloo", rank=rank, world_size=2)
    dist.barrier()
    if rank == 1:
        os._exit(0)
    time.sleep(0.5)
    dist.all_reduce(torch.ones(4))
if __name__ == "__main__":
    p = mp.get_context("spawn").Process(target=run, args=(1,)); p.start()
    run(0)
