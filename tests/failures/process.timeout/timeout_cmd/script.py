import time
print("epoch 1"); time.sleep(20)
