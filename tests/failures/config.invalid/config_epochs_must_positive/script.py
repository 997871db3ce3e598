import json, sys
cfg = json.loads('{"epochs": -1}')
if cfg["epochs"] <= 0: sys.exit("config error: epochs must be positive, got -1")
