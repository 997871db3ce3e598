import ctypes
def driver():
    return ctypes.CDLL("libcuda.so.1") #F
driver()
