from datasets import Dataset
def tok(r): return tokeniser(r["a"]) #F
Dataset.from_dict({"a": ["x"]}).map(tok)
