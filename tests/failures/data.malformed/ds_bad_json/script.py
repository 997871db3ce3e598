from datasets import load_dataset
def load(): return load_dataset("json", data_files="t.jsonl")["train"] #F
print(len(load()))
