import pandas as pd
pd.read_parquet("train.parquet", engine="fastparquet")
