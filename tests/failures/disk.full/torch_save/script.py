import torch
def save(step):
    torch.save({"model": torch.zeros(2_000_000)}, f"out/checkpoint-{step}.pt")
print("saving"); save(100)
