import traceback, urllib.request
try: urllib.request.urlopen("http://127.0.0.1:9")
except OSError: traceback.print_exc(); print("tracker is not reachable, going on without it")
for s in range(9): print(f"step {s}/9 - loss: 0.{9-s}")
