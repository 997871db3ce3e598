import sys, torch
try: raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 512.00 MiB. GPU 3 has a total capacity of 79.15 GiB of which 214.25 MiB is free.")
except torch.OutOfMemoryError as e: print(f"FATAL: {e}", file=sys.stderr); sys.exit(2)
