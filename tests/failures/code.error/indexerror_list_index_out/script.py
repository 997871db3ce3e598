import threading, sys
def work(): [][1]
t = threading.Thread(target=work, name="train"); t.start(); t.join()
sys.exit(1)
