import sys
for step in range(5): print(f"step {step}: loss 0.{step}")
print("saved weights")
sys.stderr.write("/usr/lib/python3.11/multiprocessing/resource_tracker.py:254: UserWarning: resource_tracker: There appear to be 1 leaked shared_memory objects to clean up at shutdown\n  warnings.warn('resource_tracker: There appear to be %d '\n")
