from pathlib import Path
import torch
torch.save({"a": 1}, Path("out") / "model.pt")
