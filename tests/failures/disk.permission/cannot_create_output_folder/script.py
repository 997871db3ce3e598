import os, sys
try: os.makedirs("out/x")
except OSError as e: print("cannot create the output folder:", e, file=sys.stderr); sys.exit(1)
