from datasets import Dataset
data = Dataset.from_dict({"text": ["a", "b"], "label": [0, 1]}).filter(lambda row: row["label"] > 5)
print(data)
print(max(data["label"]))
