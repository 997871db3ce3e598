import torch
emb = torch.nn.Embedding(100, 8)
def embed(ids): return emb(ids) #F
embed(torch.tensor([3, 250]))
