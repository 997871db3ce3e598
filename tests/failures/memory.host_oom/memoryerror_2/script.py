def load(n): return [0] * n
load(1 << 48)
