import os, signal, sys
class Stopped(Exception): pass
def handle(n, f): raise KeyboardInterrupt
signal.signal(signal.SIGTERM, handle)
def loop():
    print("step 1 loss 1"); os.kill(os.getpid(), signal.SIGTERM)
    for i in range(10**9): pass
loop()
