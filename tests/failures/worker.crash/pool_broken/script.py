import os
from concurrent.futures import ProcessPoolExecutor
def tok(x): os._exit(9)
def main():
    with ProcessPoolExecutor(2) as p:
        print(list(p.map(tok, range(4)))) #F
if __name__ == "__main__": main()
