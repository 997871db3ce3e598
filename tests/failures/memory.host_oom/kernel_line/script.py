import os, signal, sys
print("step 120 loss 1.93")
sys.stdout.flush()
print("slurmstepd: error: Detected 1 oom_kill event in StepId=8123.0. Some of the step tasks have been OOM Killed.", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
