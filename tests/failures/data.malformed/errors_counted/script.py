import sys

print("reading data/train.jsonl")
print("data/train.jsonl:418: invalid JSON: Expecting value at column 12")
print("1 error, stopping")
sys.exit(1)
