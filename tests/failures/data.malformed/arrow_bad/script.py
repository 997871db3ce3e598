import pyarrow.parquet as pq
def load(p): return pq.read_table(p) #F
load("t.parquet")
