import datetime, sys, traceback
def f(): return (1).upper()
try: f()
except Exception:
    for line in traceback.format_exc().splitlines(): print(f"{datetime.datetime.now():%Y-%m-%d %H:%M:%S,%f} ERROR trainer: {line}")
    sys.exit(1)
