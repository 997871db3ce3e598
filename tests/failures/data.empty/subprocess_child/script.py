import subprocess, sys
print("stage 1: train")
subprocess.run([sys.executable, "inner.py"], check=True)
