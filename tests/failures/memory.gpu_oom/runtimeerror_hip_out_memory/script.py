class TritonOutOfResources(RuntimeError): pass
def f(): raise RuntimeError("HIP out of memory. Tried to allocate 20.00 MiB (GPU 0; 15.98 GiB total capacity)")
f()
