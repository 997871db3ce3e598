import torch
a = torch.optim.SGD([{"params": [torch.zeros(1)]}, {"params": [torch.ones(1)]}], lr=0.1)
b = torch.optim.SGD([torch.zeros(1)], lr=0.1)
def resume(): b.load_state_dict(a.state_dict()) #F
resume()
