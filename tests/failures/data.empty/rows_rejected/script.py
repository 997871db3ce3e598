import sys

print("starting")
print("all 340 rows were rejected by the quality filter")
sys.exit(5)
