import torch
for step, loss in enumerate([2.0, float("inf")]):
    print(f"step {step}: loss={loss}")
    if not torch.isfinite(torch.tensor(loss)): raise ValueError("non-finite loss encountered, aborting training")
