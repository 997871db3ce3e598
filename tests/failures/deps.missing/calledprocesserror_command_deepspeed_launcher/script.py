import subprocess, sys
subprocess.run([sys.executable, "-m", "deepspeed.launcher.runner", "train.py"], check=True)
