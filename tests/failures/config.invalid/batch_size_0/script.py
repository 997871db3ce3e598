import sys

print("starting")
sys.exit("--batch-size 0 makes no sense")
