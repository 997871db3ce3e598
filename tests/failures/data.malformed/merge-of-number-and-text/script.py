
import pandas as pd
a = pd.DataFrame({"id": [1, 2]}); b = pd.DataFrame({"id": ["1", "2"], "y": [0, 1]})
m = a.merge(b, on="id")
