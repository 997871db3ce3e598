import sys
try: open("/sys/adapter.bin", "w")
except OSError as e: print(f"ERROR could not write the adapter: {e}"); sys.exit(18)
