import pandas as pd
df = pd.DataFrame({"t": ["a"], "y": [0]}); df = df[df.y == 1]
first = df.iloc[0]
