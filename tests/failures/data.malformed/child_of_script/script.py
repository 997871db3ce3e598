import subprocess, sys
r = subprocess.run([sys.executable, "child.py"], capture_output=True, text=True)
print(r.stdout, end="")
if r.returncode:
    print(r.stderr, end="")
    raise RuntimeError(f"training subprocess failed with exit code {r.returncode}")
