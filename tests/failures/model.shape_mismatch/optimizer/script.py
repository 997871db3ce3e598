import torch
a, b = torch.nn.Linear(2, 2), torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2))
s = torch.optim.Adam(a.parameters()).state_dict()
torch.optim.Adam(b.parameters()).load_state_dict(s)
