import torch
w = torch.tensor(1.0, requires_grad=True)
for step in range(12):
    loss = (w ** 4).mean()
    loss.backward()
    with torch.no_grad():
        w -= 50.0 * w.grad
        w.grad = None
    print({"loss": loss.item(), "step": step})
