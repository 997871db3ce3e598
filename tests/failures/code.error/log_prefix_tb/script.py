import logging, sys, traceback
logging.basicConfig(format="%(asctime)s - %(name)s - %(levelname)s - %(message)s", level=10)
def size(b): return b.shape #F
try: size({})
except Exception:
    for l in traceback.format_exc().rstrip().split("\n"): logging.error(l)
    sys.exit(1)
