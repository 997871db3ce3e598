import torch
w = torch.ones(2, requires_grad=True); loss = (w * w).sum()
print("step 0 loss", loss.item()); loss.backward(); loss.backward()
