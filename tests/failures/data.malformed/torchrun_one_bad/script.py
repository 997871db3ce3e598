import os, torch, torch.distributed as dist
def encode(row):
    return row["prompt"] + row["completion"] #F
def main():
    dist.init_process_group("gloo")
    r = dist.get_rank()
    rows = [{"prompt": "a", "completion": "b"}] if r == 0 else [{"prompt": "a"}]
    print("rank", r, [encode(x) for x in rows], flush=True)
    dist.barrier()
main()
