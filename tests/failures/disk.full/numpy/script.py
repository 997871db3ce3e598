import numpy as np
np.save("out/tokens.npy", np.zeros(4_000_000))
