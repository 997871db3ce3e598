
import pandas as pd
df = pd.read_csv("d.csv")
df["t"] = pd.to_datetime(df["t"], format="%Y-%m-%d")
