from datasets import Dataset
def split(): return Dataset.from_dict({"a": [1]}).train_test_split(test_size=0.2) #F
split()
