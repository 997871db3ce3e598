import ctypes
def kernel():
    ctypes.string_at(0)
print("step 1 loss 3.2")
kernel()
