import torch
def act():
    raise torch.AcceleratorError('CUDA error: no kernel image is available for execution on the device') #F
act()
