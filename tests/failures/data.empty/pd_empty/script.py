import pandas as pd
def load(p): return pd.read_csv(p) #F
load("t.csv")
