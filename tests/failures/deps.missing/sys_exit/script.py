import sys
try:
    import deepspeed
except ImportError:
    sys.exit("deepspeed is not installed. Run: pip install deepspeed")
