import os, torch.multiprocessing as mp
def w(rank):
    if rank == 1: os._exit(3)
    import time; time.sleep(3)
def main(): mp.spawn(w, nprocs=2) #F
if __name__ == "__main__": main()
