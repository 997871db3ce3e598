import sys

print("ERROR: The function received no value for the required argument: data", file=sys.stderr)
print("Usage: train.py train LR DATA\n\nFor detailed information on this command, run:\n  train.py train --help", file=sys.stderr)
sys.exit(2)
