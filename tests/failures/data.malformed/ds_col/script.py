from datasets import Dataset
d = Dataset.from_dict({"text": ["x"], "y": [1]})
def pick(d): return d.select_columns(["text", "label"]) #F
pick(d)
