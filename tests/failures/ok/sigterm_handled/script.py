import os, signal, sys
def stop(*_):
    print("received SIGTERM, saving checkpoint"); print("checkpoint saved to out/checkpoint-3"); sys.exit(0)
signal.signal(signal.SIGTERM, stop)
for s in range(4):
    print(f"step {s} loss {0.5:.2f}")
os.kill(os.getpid(), signal.SIGTERM)
