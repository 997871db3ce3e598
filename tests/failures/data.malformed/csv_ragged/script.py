from datasets import load_dataset
def load():
    return load_dataset("csv", data_files="t.csv") #F
load()
