import os, sys
print("epoch 2 loss 0.4", flush=True)
os.write(2, b"malloc(): corrupted top size\n")
os.abort()
