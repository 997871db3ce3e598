import numpy as np
def cache(n):
    return np.ones((n, 4096), dtype=np.float64) #F
print("caching embeddings to RAM")
cache(1 << 33)
