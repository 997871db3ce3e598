import torch
def train(model, data):
    for b in data:
        loss = model(b).mean()
        optimiser.zero_grad()
train(torch.nn.Linear(1, 1), [torch.zeros(1)])
