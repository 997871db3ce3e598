import multiprocessing
def start(workers):
    return [multiprocessing.Queue() for _ in range(workers)]
if __name__ == "__main__":
    start(4)
