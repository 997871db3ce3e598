import torch
s = torch.cuda.Stream()
