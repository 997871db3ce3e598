import torch
def to_tensor(rows): return torch.tensor([[float(v) for v in r["features"]] for r in rows])
to_tensor([{"features": "1 2"}])
