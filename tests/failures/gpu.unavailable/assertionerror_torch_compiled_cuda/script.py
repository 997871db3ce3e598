import torch
torch.zeros(2).cuda()
