def lines(path):
    with open(path, encoding="utf-8") as f:
        return f.read().splitlines() #F
lines("corpus.txt")
