import json
def record(step, loss):
    return json.dumps({"step": step, "loss": loss}, allow_nan=False)
record(3, float("nan"))
