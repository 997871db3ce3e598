import torch

query = torch.ones(1, 1, 4, 8)
torch.nn.functional.scaled_dot_product_attention(query, query.bfloat16(), query.bfloat16())
