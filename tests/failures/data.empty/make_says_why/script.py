import sys

tokens = []
if not tokens:
    sys.exit("data.bin holds no tokens: nothing to train on")
