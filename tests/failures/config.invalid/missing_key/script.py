import json
open("config.json", "w").write('{"model": "t5"}')
config = json.load(open("config.json"))
def rate():
    return config["learning_rate"]
rate()
