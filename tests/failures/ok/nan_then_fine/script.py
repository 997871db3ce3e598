print({"loss": 2.5, "grad_norm": float("nan"), "epoch": 0.1})
print({"loss": float("nan"), "grad_norm": 3.1, "epoch": 0.2})
print({"loss": 2.1, "grad_norm": 1.1, "epoch": 0.3})
print({"train_runtime": 12.1, "train_loss": 2.2, "epoch": 1.0})
