import json
for i in range(5): print(json.dumps({"level": "info", "step": i, "loss": 1/(i+1), "error": None}))
print(json.dumps({"level": "warning", "msg": "failed to push to hub: 401, saved locally only"}))
print(json.dumps({"level": "info", "msg": "training finished"}))
