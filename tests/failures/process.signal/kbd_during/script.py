import time, os, signal, threading
def fit():
    try:
        raise ConnectionError("wandb unreachable")
    except ConnectionError:
        threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        print("retrying upload")
        time.sleep(5) #F
fit()
