import pyarrow as pa, pyarrow.parquet as pq
pq.write_table(pa.table({"prompt": ["a"]}), "t.parquet")
def read():
    return pq.read_table("t.parquet")["response"].to_pylist() #F
read()
