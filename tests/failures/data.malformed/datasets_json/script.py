from datasets import load_dataset
open("train.jsonl", "w").write('{"a": 1}\n{"a": "x", "b": [}\n')
data = load_dataset("json", data_files="train.jsonl", split="train")
