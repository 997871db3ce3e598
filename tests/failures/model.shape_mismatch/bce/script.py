import torch
torch.nn.BCEWithLogitsLoss()(torch.zeros(4, 1), torch.zeros(4))
