import json, sys
cfg = json.load(open("cfg.json"))
errors = []
if cfg["warmup_steps"] > cfg["max_steps"]: errors.append("warmup_steps must not exceed max_steps")
if cfg["lora"]["r"] < 1: errors.append("lora.r must be >= 1")
if errors:
    print("cfg.json: invalid configuration:")
    for e in errors: print("  -", e)
    sys.exit(2)
