import pandas as pd
def labels(path):
    df = pd.read_csv(path)
    return df["label"].astype(int) #F
labels("t.csv")
