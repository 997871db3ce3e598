import gzip
gzip.open("t.jsonl.gz", "wt").write("x" * 100000); b = open("t.jsonl.gz", "rb").read(); open("t.jsonl.gz", "wb").write(b[:60])
def read(): return gzip.open("t.jsonl.gz", "rt").read() #F
read()
