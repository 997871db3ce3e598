import subprocess

built = subprocess.run(["bash", "-c", "echo 'building the index'; kill -SEGV $$"])
built.check_returncode()
