import sys
print("[1/2] preparing data ... ok")
print("[2/2] training ... FAILED (see logs/train.err)")
sys.exit(0)
