import sys

print("tune.py: learning rate schedule 'cosin' is not one of constant, linear, cosine")
print("Run tune.py --help for usage.")
sys.exit(2)
