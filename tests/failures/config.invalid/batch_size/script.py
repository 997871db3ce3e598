from torch.utils.data import DataLoader
def loader(size): return DataLoader([1, 2], batch_size=size)
loader(0)
