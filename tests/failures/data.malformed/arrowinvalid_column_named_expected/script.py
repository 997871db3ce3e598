from datasets import Dataset
d = Dataset.from_dict({"a": [1, 2], "b": [1]})
