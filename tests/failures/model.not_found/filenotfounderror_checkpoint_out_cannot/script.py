import torch, glob
def latest():
    c = sorted(glob.glob("out/checkpoint-*"))
    if not c: raise FileNotFoundError("no checkpoint in out/, cannot resume")
    return c[-1]
latest()
