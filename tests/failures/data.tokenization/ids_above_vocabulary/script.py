import sys

print("starting")
sys.exit("input ids go up to 32003 but the vocabulary has 32000 entries")
