from concurrent.futures import ProcessPoolExecutor
def f(n): return n.text
def main():
    with ProcessPoolExecutor(1) as p: return list(p.map(f, [1]))
if __name__ == "__main__": main()
