
import signal, sys, time, os, threading
def h(s, f): print("received SIGTERM, saving checkpoint", flush=True); sys.exit(143)
signal.signal(signal.SIGTERM, h)
threading.Timer(0.7, lambda: os.kill(os.getpid(), signal.SIGTERM)).start()
for i in range(100): print("step", i, flush=True); time.sleep(0.2)
