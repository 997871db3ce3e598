import resource
resource.setrlimit(resource.RLIMIT_AS, (1 << 29, 1 << 29))
def f(): return bytearray(1 << 30) #F
f()
