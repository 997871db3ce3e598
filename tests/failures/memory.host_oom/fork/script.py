import os, resource
print("starting workers")
resource.setrlimit(resource.RLIMIT_AS, (300_000_000, 300_000_000))
def table(): return bytearray(200_000_000) + bytearray(200_000_000)
table()
