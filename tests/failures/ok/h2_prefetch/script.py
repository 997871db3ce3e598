import atexit, sys
class Leaky:
    def __del__(self): raise OSError("handle is invalid")
for s in range(5): print(f"{{'loss': {1/(s+1):.3f}, 'learning_rate': 1e-05, 'epoch': {s/5}}}")
print("{'train_runtime': 12.1, 'train_loss': 0.4}")
x = Leaky(); del x
