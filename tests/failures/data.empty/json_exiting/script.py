import json

print(json.dumps({"level": "error", "message": "no rows left after filtering", "split": "train"}))
print(json.dumps({"level": "fatal", "message": "exiting", "code": 1}))
raise SystemExit(1)
