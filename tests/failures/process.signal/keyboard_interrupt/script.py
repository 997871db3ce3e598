import os, signal, threading, time
from tqdm import tqdm
threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
def train():
    for step in tqdm(range(100)):
        time.sleep(0.05)
train()
