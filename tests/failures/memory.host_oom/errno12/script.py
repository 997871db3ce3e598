import mmap
def reserve(): return mmap.mmap(-1, 1 << 46)
reserve()
