import sys, torch
if torch.cuda.device_count() < 1:
    print("This script needs at least one GPU, found 0.", file=sys.stderr)
    raise SystemExit(1)
