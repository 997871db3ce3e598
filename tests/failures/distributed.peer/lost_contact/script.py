import sys

print("[node-1] step 40 loss 1.2")
print("[node-1] lost contact with node-0 (10.0.0.4:29500) after 60 s")
print("[node-1] leaving")
sys.exit(1)
