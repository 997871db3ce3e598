import sys

print("WARNING: ran out of GPU memory with exception: CUDA out of memory. Tried to allocate 20 MiB")
print("giving up after 3 retries")
sys.exit(1)
