from torch.utils.data import DataLoader
DataLoader([1], num_workers=-2)
