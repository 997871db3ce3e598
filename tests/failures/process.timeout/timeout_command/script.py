import time
print("training", flush=True)
time.sleep(30)
