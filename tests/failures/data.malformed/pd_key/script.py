import pandas as pd
def load(p):
    df = pd.read_csv(p)
    return df["text"], df["label"] #F
load("t.csv")
