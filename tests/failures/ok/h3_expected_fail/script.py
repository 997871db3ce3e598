import subprocess, sys
r = subprocess.run([sys.executable, "-c", "import flash_attn"])
print("flash-attn:", "yes" if r.returncode == 0 else "no, using sdpa")
for i in range(3): print(f"Step {i}: loss=1.{i}")
