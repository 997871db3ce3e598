from loop import train
try:
    open("/proc/1/mem_x/y", "w")
except OSError as e:
    print("cannot write compile cache:", repr(e), "- continuing without")
try:
    open("/proc/sysrq-nope", "w")
except OSError as e:
    print(f"OSError: {e}")
train()
