import numpy as np
labels = np.zeros(4, dtype=np.int)
