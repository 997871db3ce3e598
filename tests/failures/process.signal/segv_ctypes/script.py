import ctypes
def native():
    ctypes.string_at(0) #F
native()
