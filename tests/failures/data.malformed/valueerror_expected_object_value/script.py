import pandas as pd
pd.read_json("t.jsonl", lines=True)
