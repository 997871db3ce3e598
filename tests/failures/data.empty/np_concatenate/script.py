import glob, numpy as np
parts = [np.load(p) for p in glob.glob("shards/*.npy")]
tokens = np.concatenate(parts)
