import torch
from accelerate import Accelerator
a = Accelerator(cpu=True); m = torch.nn.Linear(2, 1); o = torch.optim.SGD(m.parameters(), lr=0.1)
m, o = a.prepare(m, o)
for step in range(4):
    loss = m(torch.ones(3, 2)).pow(2).mean(); a.backward(loss); o.step(); a.print(f"loss: {loss.item():.5f}")
a.print("model saved"); print("Exception ignored in: <function _x at 0x7f>")
