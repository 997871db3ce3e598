import sys, time
start = time.time(); print("epoch 0 loss 2.1")
print("error: time limit of 3600 s exceeded, stopping"); sys.exit(1)
