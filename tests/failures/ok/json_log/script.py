import json
print(json.dumps({"level": "error", "message": "could not reach tracker", "exc_info": "Traceback (most recent call last):\n  File \"/x/t.py\", line 3, in f\n    g()\nConnectionError: refused"}))
for s in range(5): print(json.dumps({"level": "info", "event": "train", "step": s, "loss": 0.4}))
print(json.dumps({"level": "info", "event": "saved", "path": "out/adapter"}))
