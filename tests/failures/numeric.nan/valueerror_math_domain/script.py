import math
def entropy(p): return -math.log(p)
print("step 9 loss 0.1"); entropy(0.0)
