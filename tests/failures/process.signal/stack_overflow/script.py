import faulthandler, ctypes; faulthandler.enable(all_threads=True)
import threading, time
threading.Thread(target=time.sleep, args=(5,), daemon=True).start()
def deep(): ctypes.memset(1, 0, 10)
deep()
