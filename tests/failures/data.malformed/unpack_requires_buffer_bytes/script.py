import struct
def header(b): return struct.unpack("<IIQ", b)
header(b"abc")
