import os, signal
print("step 3 loss 0.1")
os.kill(os.getpid(), signal.SIGHUP)
