print("Gradient overflow.  Skipping step, loss scaler 0 reducing loss scale to 32768.0")
for s in range(5): print(f"| step {s} | loss 2.{9-s} | nan grads skipped 0")
print("done training; model saved")
