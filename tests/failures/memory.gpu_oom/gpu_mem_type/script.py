import torch
def act():
    raise torch.OutOfMemoryError('Allocation on device 0 would exceed allowed memory. (out of memory)') #F
act()
