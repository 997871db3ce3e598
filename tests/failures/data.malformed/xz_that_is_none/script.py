import lzma
def corpus(path):
    with lzma.open(path, "rt") as f:
        return f.readlines()
print("open corpus.xz")
corpus("corpus.txt.xz")
