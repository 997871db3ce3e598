import pandas as pd
open("train.csv", "w").close()
frame = pd.read_csv("train.csv")
