import threading, multiprocessing as mp, time
def f(): time.sleep(9)
if __name__ == "__main__":
    with mp.Pool(1) as p: p.apply_async(f).get(timeout=0.3)
