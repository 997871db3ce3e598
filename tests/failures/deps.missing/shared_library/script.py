import ctypes
def load():
    return ctypes.CDLL("libcudart.so.12")
load()
