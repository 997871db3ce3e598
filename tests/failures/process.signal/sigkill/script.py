import os, signal
for step in range(5):
    print(f"step {step} loss {2 - step / 10}", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
