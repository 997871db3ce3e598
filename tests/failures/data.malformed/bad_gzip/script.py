import gzip
open("train.jsonl.gz", "w").write("{}\n")
def rows():
    with gzip.open("train.jsonl.gz", "rt") as f:
        return f.readlines()
rows()
