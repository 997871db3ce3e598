import threading
def metrics(): raise ConnectionRefusedError(111, "Connection refused")
t = threading.Thread(target=metrics); t.start(); t.join()
for i in range(4): print(f"iter {i}: loss={0.5 - i / 10:.2f}")
print("Checkpoint written to last.pt")
