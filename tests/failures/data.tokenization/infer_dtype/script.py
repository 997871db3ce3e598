import torch
def collate(rows): return {"labels": torch.tensor([r["label"] for r in rows])}
collate([{"label": 1}, {"label": None}])
