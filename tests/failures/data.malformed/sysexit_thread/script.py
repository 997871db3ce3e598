import threading, sys
err = []
def load():
    try: raise ValueError("bad row 7")
    except ValueError as e: err.append(e)
t = threading.Thread(target=load); t.start(); t.join()
if err: sys.exit(f"background loader failed: {err[0]!r}")
