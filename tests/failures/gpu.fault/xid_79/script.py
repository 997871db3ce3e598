import sys

print("step 10 loss 2.10")
print("NVRM: Xid (PCI:0000:3b:00): 79, pid=811, GPU has fallen off the bus.")
print("stopping: device lost")
sys.exit(1)
