import sys
if len(sys.argv) < 2:
    print("usage: train.py CONFIG [--resume]", file=sys.stderr); sys.exit(64)
