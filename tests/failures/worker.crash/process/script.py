import multiprocessing as mp, os, signal
def work(): os.kill(os.getpid(), signal.SIGSEGV)
if __name__ == "__main__":
    p = mp.Process(target=work); p.start(); p.join()
    if p.exitcode != 0: raise RuntimeError(f"tokenizer worker {p.name} died with exit code {p.exitcode}")
