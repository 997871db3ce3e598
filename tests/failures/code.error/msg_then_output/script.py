import atexit
atexit.register(lambda: print("bye from atexit\ncache flushed to disk"))
def fail():
    raise RuntimeError("stopped") #F
fail()
