def load(path):
    try:
        import orjson_fast as j
    except ImportError:
        return slow(path)
def slow(path):
    return open(path).read() #F
load("data/train.jsonl")
