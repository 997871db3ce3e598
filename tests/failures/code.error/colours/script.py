import sys
def f():
    return None + 1
def hook(kind, value, tb):
    import traceback
    for line in traceback.format_exception(kind, value, tb):
        sys.stderr.write("\033[31m" + line.rstrip("\n") + "\033[0m\n")
sys.excepthook = hook
f()
