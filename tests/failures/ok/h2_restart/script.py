import subprocess, sys
code = "raise SystemExit('worker lost, will be restarted')"
subprocess.run([sys.executable, "-c", code])
print("[supervisor] worker exited with code 1, restarting (1/3)")
for s in range(5): print(f"step={s} loss={1/(s+1):.3f}")
print("[supervisor] worker finished")
