import torch
open("pytorch_model.bin", "wb").write(b"<html>Not Found</html>")
state = torch.load("pytorch_model.bin", weights_only=False)
