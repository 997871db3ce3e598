import resource
from concurrent.futures import ProcessPoolExecutor
def load(n):
    resource.setrlimit(resource.RLIMIT_AS, (400_000_000, 400_000_000)); return len(bytearray(800_000_000))
if __name__ == "__main__":
    with ProcessPoolExecutor(1) as p: list(p.map(load, [1]))
