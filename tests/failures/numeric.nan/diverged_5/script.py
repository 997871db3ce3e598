import sys

print("1124 13:42:27.584 I [32282] step=30 train_loss=15.8690")
print("1124 13:42:27.584 E [32282] training diverged: train_loss became NaN at step 40, stopping")
sys.exit(5)
