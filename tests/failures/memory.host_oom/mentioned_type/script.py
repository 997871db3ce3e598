import subprocess, sys
p = subprocess.run([sys.executable, "-c", "import resource; resource.setrlimit(resource.RLIMIT_AS, (600*2**20,)*2); x = bytearray(2**30)"], capture_output=True, text=True)
if p.returncode:
    print("preprocess.py failed:", p.stderr.strip().splitlines()[-1])
    sys.exit(p.returncode)
