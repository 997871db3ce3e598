import ctypes
open("libfast.so", "w").write("not elf")
ctypes.CDLL("./libfast.so")
