for e in range(3): print({"loss": 0.5, "epoch": e}); print({"eval_loss": float("nan"), "eval_f1": 0.1})
print({"train_runtime": 3.2, "train_loss": 0.5})
