import subprocess
def evaluate():
    subprocess.run(["sleep", "30"], timeout=0.5, check=True)
evaluate()
