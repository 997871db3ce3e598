from datasets import load_dataset
open("a.jsonl", "w").write('{"a": 1, "b": "x"}\n'); open("b.jsonl", "w").write('{"a": 1, "c": 2}\n')
load_dataset("json", data_files=["a.jsonl", "b.jsonl"], split="train")
