import sys
print('loading')
sys.exit('/dev/shm is full (64 MB), cannot share tensors between workers')
