import time
from concurrent.futures import ThreadPoolExecutor
def evaluate():
    p = ThreadPoolExecutor(1); f = p.submit(time.sleep, 2); return f.result(timeout=0.2)
evaluate()
