import json
open("train_config.json", "w").write('{"epochs": 3,}')
def load_config(path):
    with open(path) as f: return json.load(f)
load_config("train_config.json")
