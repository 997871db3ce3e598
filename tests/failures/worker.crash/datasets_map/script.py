import os
from datasets import Dataset
def f(r): os._exit(1)
Dataset.from_dict({"a": list(range(10))}).map(f, num_proc=2)
