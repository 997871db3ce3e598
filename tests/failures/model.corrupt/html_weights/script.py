from pathlib import Path

import torch

Path("weights.pt").write_text("<!DOCTYPE html><html><title>Sign in</title></html>")
state = torch.load("weights.pt", map_location="cpu")
