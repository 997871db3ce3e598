import sys
print("step 4 loss 0.3")
sys.exit(3)
