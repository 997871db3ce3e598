import threading
def upload(): raise OSError("metrics server gone")
t = threading.Thread(target=upload); t.start(); t.join()
for s in range(5): print(f"epoch {s}: train_loss={1/(s+1):.4f}")
print("done")
