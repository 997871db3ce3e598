import sys, threading
def f(): return None.total
try: f()
except AttributeError: import traceback; traceback.print_exc()
for i in range(3000): print("queue drained", i)
sys.exit(1)
