import numpy as np, resource
resource.setrlimit(resource.RLIMIT_AS, (2_000_000_000,) * 2)
def pad(n): return np.full((n, 100_000), 1.0)
print("padding"); pad(9000)
