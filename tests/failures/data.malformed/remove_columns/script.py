from datasets import Dataset
data = Dataset.from_dict({"text": ["a"]})
data = data.map(lambda r: r, remove_columns=["id"])
