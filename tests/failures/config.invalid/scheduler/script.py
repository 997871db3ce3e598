from transformers import get_scheduler
import torch
get_scheduler("cosin", torch.optim.SGD([torch.zeros(1)], lr=1), 0, 10)
