from datasets import load_dataset
open("t.jsonl", "w").close()
d = load_dataset("json", data_files="t.jsonl", split="train")
