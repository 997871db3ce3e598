import torch.multiprocessing as mp
def worker(rank, model):
    model.train() #F
if __name__ == "__main__":
    mp.spawn(worker, args=(None,), nprocs=2)
