import multiprocessing
def square(n):
    return n.value ** 2
if __name__ == "__main__":
    with multiprocessing.Pool(2) as pool:
        pool.map(square, [1, 2, 3])
