import os
import signal

print("batch 3", flush=True)
os.kill(os.getpid(), signal.SIGSEGV)
