import pyarrow.parquet as pq
open("train.parquet", "wb").write(b"a,b\n1,2\n" * 10)
def load(path): return pq.read_table(path)
load("train.parquet")
