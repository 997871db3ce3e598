import sys
def hook(t, e, tb):
    print(f"[fatal] {t.__name__}: {e}", file=sys.stderr)
sys.excepthook = hook
print("loading")
raise ValueError("dataset has 0 rows")
