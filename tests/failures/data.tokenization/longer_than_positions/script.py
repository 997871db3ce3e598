import torch
class Net(torch.nn.Module):
    def __init__(self, positions=16):
        super().__init__()
        self.tok = torch.nn.Embedding(50, 8)
        self.pos_emb = torch.nn.Embedding(positions, 8)
    def forward(self, ids):
        return self.tok(ids) + self.pos_emb(torch.arange(ids.shape[1]))
print(Net()(torch.ones(1, 40, dtype=torch.long)).shape)
