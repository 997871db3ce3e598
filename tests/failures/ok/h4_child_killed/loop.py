import sys, time, json
def train(n=4, out="model.json"):
    w = 1.0
    for s in range(1, n + 1):
        w *= 0.8
        print(f"step {s}/{n} loss={w:.4f}", flush=True)
    json.dump({"w": w}, open(out, "w"))
    print(f"saved model to {out}", flush=True)
