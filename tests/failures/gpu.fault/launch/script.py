import torch, logging, sys
logging.basicConfig(level=logging.INFO)
try: raise RuntimeError("CUDA error: unspecified launch failure\nCompile with `TORCH_USE_CUDA_DSA` to enable device-side assertions.\n")
except RuntimeError: logging.critical("training aborted", exc_info=True); sys.exit(1)
