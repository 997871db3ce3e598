import torch
def sample(logits):
    return torch.multinomial(torch.softmax(logits, -1), 1)
sample(torch.tensor([[float("nan"), 1.0, 2.0]]))
