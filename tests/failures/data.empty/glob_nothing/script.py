import glob
def load(pattern):
    files = glob.glob(pattern)
    if not files:
        raise FileNotFoundError(f"No files matched {pattern}") #F
load("data/*.jsonl")
