import math, torch
w = torch.tensor(2.0, requires_grad=True)
for step in range(200):
    loss = (w * w).exp()
    print(f"step {step} loss {loss.item():.4f}")
    if not math.isfinite(loss.item()):
        raise RuntimeError(f"loss is {loss.item()} at step {step}, stopping")
    loss.backward()
    with torch.no_grad():
        w -= -1.0 * w.grad
        w.grad = None
