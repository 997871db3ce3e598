import sys

print("starting")
sys.exit("adapter config expects hidden size 1024, model has 768")
