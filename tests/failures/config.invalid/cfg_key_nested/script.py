import json
def steps(cfg): return cfg["trainer"]["max_steps"] #F
steps(json.load(open("config.json")))
