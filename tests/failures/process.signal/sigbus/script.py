import faulthandler, mmap, os
faulthandler.enable()
f = open("w.bin", "wb+"); f.write(bytes(8192)); f.flush()
m = mmap.mmap(f.fileno(), 8192); f.truncate(0)
print("loading"); x = m[5000]
