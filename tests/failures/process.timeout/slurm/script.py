import os, signal
print("{'loss': 1.2, 'grad_norm': 0.4, 'epoch': 2.1}", flush=True)
print("slurmstepd: error: *** JOB 42187 ON node07 CANCELLED AT 2026-11-22T20:14:02 DUE TO TIME LIMIT ***", flush=True)
os.kill(os.getpid(), signal.SIGTERM)
