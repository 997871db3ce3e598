import multiprocessing as mp, resource
def f(n):
    resource.setrlimit(resource.RLIMIT_AS, (300_000_000,) * 2); return len([0] * 10**9)
if __name__ == "__main__":
    with mp.Pool(1) as p: p.map(f, [1])
