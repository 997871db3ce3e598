import numpy as np
x = np.loadtxt("features.txt")
print(x.shape)
