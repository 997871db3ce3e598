import torch
class M(torch.nn.Module):
    def __init__(self, n): super().__init__(); self.embed = torch.nn.Embedding(n, 4); self.head = torch.nn.Linear(4, n)
s = M(10).state_dict(); del s["head.bias"]
M(12).load_state_dict(s)
