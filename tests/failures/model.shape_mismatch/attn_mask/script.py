import torch
def attend():
    a = torch.nn.MultiheadAttention(8, 2)
    x = torch.randn(5, 1, 8)
    return a(x, x, x, attn_mask=torch.zeros(4, 4)) #F
attend()
