import pandas as pd, torch
def to_tensor(df): return torch.tensor(df["score"].astype(float).values) #F
to_tensor(pd.DataFrame({"score": ["0.1", "high"]}))
