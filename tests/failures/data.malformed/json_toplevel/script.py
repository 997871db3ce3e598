import json
def examples(path):
    for ex in json.load(open(path)):
        yield ex["instruction"], ex["output"] #F
print(sum(1 for _ in examples("d.json")))
