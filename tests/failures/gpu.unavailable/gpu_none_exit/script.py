import sys, torch
if not torch.cuda.is_available():
    print("This script needs a CUDA device, none found. Exiting."); sys.exit(1)
