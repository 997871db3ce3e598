import json
def settings(path):
    with open(path) as file:
        config = json.load(file) #F
    return config
settings("run.json")
