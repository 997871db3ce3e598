
import multiprocessing as mp
def f(x): return x * 2
mp.set_start_method("spawn")
with mp.Pool(2) as p: print(p.map(f, [1, 2, 3]))
