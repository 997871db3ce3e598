import json

open("train.jsonl", "w").write('{"prompt": "a", "completion": "b"}\n{"prompt": "c", "completion": \n')


def read(path):
    rows = []
    with open(path) as lines:
        for line in lines:
            rows.append(json.loads(line))
    return rows


print("reading train.jsonl")
read("train.jsonl")
