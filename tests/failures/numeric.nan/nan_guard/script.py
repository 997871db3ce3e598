import math
def check(step, loss):
    if not math.isfinite(loss):
        raise RuntimeError(f"Loss is {loss} at step {step}, aborting") #F
for s in range(12): print("step", s, "loss", 1e3 ** s)
check(12, float("nan"))
