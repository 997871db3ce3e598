import torch
cache = None
def step():
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 512.00 MiB. GPU 0 has a total capacity of 7.79 GiB of which 100.00 MiB is free.")
def main():
    try: step()
    except torch.OutOfMemoryError:
        cache.empty_cache() #F
main()
