import signal, sys, os
def bye(s, f):
    print("received SIGTERM, exiting"); sys.exit(143)
signal.signal(signal.SIGTERM, bye); print("epoch 1 loss 0.4"); os.kill(os.getpid(), 15)
