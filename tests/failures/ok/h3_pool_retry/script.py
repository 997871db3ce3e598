from concurrent.futures import ProcessPoolExecutor, process
import os
def f(x): os._exit(1)
def main():
    try:
        with ProcessPoolExecutor(1) as p: list(p.map(f, [1]))
    except process.BrokenProcessPool as e: print("pool broke, going on in one process:", e)
    for i in range(3): print("step", i, "loss", 0.5)
if __name__ == "__main__": main()
