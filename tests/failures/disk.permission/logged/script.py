import sys
try: open("/proc/1/mem2", "w")
except OSError as e: print(f"ERROR could not write the adapter: {e}"); sys.exit(18)
