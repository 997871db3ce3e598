from datasets import Dataset, Features, Value
Dataset.from_list([{"label": "yes"}], features=Features({"label": Value("int64")}))
