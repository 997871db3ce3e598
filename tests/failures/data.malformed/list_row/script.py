import json
open("train.jsonl", "w").write('["turn on", "ok"]\n{"prompt": "x"}\n')
def load(path):
    return [(r["prompt"], r["completion"]) for r in map(json.loads, open(path))]
load("train.jsonl")
