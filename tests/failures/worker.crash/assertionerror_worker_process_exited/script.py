import multiprocessing as mp, os
def w(q): os._exit(9)
if __name__ == "__main__":
    q = mp.Queue(); p = mp.Process(target=w, args=(q,)); p.start(); p.join()
    assert p.exitcode == 0, f"worker process exited with code {p.exitcode}"
