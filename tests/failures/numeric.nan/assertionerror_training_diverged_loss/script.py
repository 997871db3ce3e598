import torch
w = torch.tensor([1.0], requires_grad=True); o = torch.optim.SGD([w], lr=1e20)
for step in range(6):
    loss = (w ** 2).sum(); o.zero_grad(); loss.backward(); o.step()
    print(f"[{step}/6] train_loss={loss.item():.4g}")
assert loss == loss, "training diverged: loss is NaN"
