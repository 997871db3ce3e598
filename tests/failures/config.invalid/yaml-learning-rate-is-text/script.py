import torch, torch.nn as nn

import yaml
c = yaml.safe_load(open("c.yaml"))
m = nn.Linear(2, 2)
o = torch.optim.AdamW(m.parameters(), lr=c["lr"])
