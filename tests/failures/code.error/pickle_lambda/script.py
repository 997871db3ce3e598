import multiprocessing as mp
if __name__ == "__main__":
    with mp.get_context("spawn").Pool(1) as p: p.map(lambda x: x, [1])
