import json
def read(path):
    with open(path) as f: return json.load(f)
open("data.json", "w").write('[{"a": 1}, {"a": 2')
read("data.json")
