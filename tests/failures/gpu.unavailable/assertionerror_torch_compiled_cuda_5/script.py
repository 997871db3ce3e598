import torch
m = torch.load
torch.cuda.get_device_name(0)
