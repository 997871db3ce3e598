import os
from concurrent.futures import ProcessPoolExecutor
def tokenize(n):
    if n == 3:
        os._exit(1)
    return n
if __name__ == "__main__":
    with ProcessPoolExecutor(2) as pool:
        print(list(pool.map(tokenize, range(10))))
